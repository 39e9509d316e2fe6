import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import {
  collectGarbage,
  createRunner,
  describeHistory,
  listSnapshots,
  recordHistory,
  removeHistory,
} from '@pgfork/core'
import { withLock } from '@pgfork/core/companion'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { checkout, programArguments } from '../../support/programs/program.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, keepAll, upTo, write } from './describe-moments.ts'

const count = byExtent(6, 20, 100)

await describeOn('btrfs', { settings: { autovacuum: 'off', wal_keep_size: '256MB' } }, (bench) => {
  test(`H79: killed at ${count} moments, recordHistory leaves nothing that the next call doesn't go on from`, async () => {
    const { source, stateDirectory } = bench
    const request = { source: source.dataDirectory, ...bench.options }
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await recordHistory({ ...request, keep: keepAll })
    for (let id = 1; id <= count; id++) {
      const data = { source: source.dataDirectory, stateDirectory }
      const child = spawn(process.execPath, programArguments('record-history-program', data), {
        cwd: checkout,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      await write(source, id)
      await source.query('SELECT pg_switch_wal()')
      await delay(Math.random() * 400)
      child.kill('SIGKILL')
      await ended
      // Whatever it left, all moments can be forked.
      expect((await describeHistory(request)).gaps).toEqual([])
    }
    await collectGarbage(bench.options)
    const { snapshot } = await recordHistory({ ...request, keep: '1x1w' })
    expect((await listSnapshots(bench.options)).map(({ name }) => name)).toEqual([snapshot])
    const { walDirectory } = await describeHistory(request)
    expect((await readdir(walDirectory)).filter((name) => !/^[0-9A-F]{24}$/.test(name))).toEqual([])
    const last = await write(source, count + 1)
    await using fork = await bench.fork({ at: last.after.location })
    expect(await eventsIn(fork)).toEqual(upTo(count + 1))
    await removeHistory(request)
    // The locks of what the killed were making, and half-written records, go with a collection, ten minutes later.
    const locks = join(stateDirectory, 'locks', 'names')
    for (const name of await readdir(locks))
      if (name.startsWith('history-')) await rm(join(locks, name), { recursive: true })
    const records = ['snapshots', 'histories'].map((folder) => join(stateDirectory, folder))
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const folder of records)
      for (const name of await readdir(folder)) await utimes(join(folder, name), longAgo, longAgo)
    await collectGarbage(bench.options)
    for (const folder of records) expect(await readdir(folder)).toEqual([])
  })

  test('a copy that was never finished is garbage when it is old, and while nobody copies', async () => {
    const { source, stateDirectory } = bench
    const request = { source: source.dataDirectory, ...bench.options }
    await recordHistory({ ...request, keep: '1x1min' })
    const { walDirectory, systemIdentifier } = await describeHistory(request)
    const paths = ['000000010000000000000001.copying', '00000002.history.copying'].map((name) =>
      join(walDirectory, name),
    )
    for (const path of paths) await writeFile(path, 'half')
    const found = async () => (await collectGarbage(bench.options)).filter(({ name }) => paths.includes(name))
    expect(await found()).toEqual([])
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const path of paths) await utimes(path, longAgo, longAgo)
    // As where the clock was set forward while somebody copies.
    const lock = `history-${walDirectory.slice(walDirectory.indexOf(systemIdentifier))}`
    await withLock(join(stateDirectory, 'locks', lock), { runner: createRunner() }, async () => {
      const busy = { isRemoved: false, failure: { code: 'BUSY' } }
      expect(await found()).toMatchObject([busy, busy])
    })
    expect(await readdir(walDirectory)).toEqual(expect.arrayContaining(paths.map((path) => basename(path))))
    expect(await found()).toMatchObject([{ isRemoved: true }, { isRemoved: true }])
    expect(paths.filter((path) => existsSync(path))).toEqual([])
    await removeHistory(request)
  })
})
