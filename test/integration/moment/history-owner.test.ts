import { chmod, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeHistory, isPgforkError, listSnapshots, recordHistory, removeHistory } from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser, serverUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, keepAll, recordInTurn, upTo, write } from './describe-moments.ts'

/** What the owner of a source does to whoever records its history. */
await describeOn('btrfs', { below: 'main', settings: { autovacuum: 'off', wal_keep_size: '512MB' } }, (bench) => {
  const request = () => ({ source: bench.source.dataDirectory, ...bench.options })
  const record = (keep = keepAll) => recordHistory({ ...request(), keep })
  const wal = () => join(bench.source.dataDirectory, 'pg_wal')

  afterEach(() => removeHistory(request()))

  test('H100: what stands for a segment and is none, or can be written by everybody, is not kept', async () => {
    const { source } = bench
    await source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await recordInTurn(request())
    for (let id = 1; id <= 4; id++) {
      await write(source, id)
      await source.query('SELECT pg_switch_wal()')
    }
    const { walDirectory, walSegments } = await describeHistory(request())
    const secret = join(bench.storage.path, 'secret')
    await writeFile(secret, 'of root alone', { mode: 0o600 })
    const attacks: Record<string, (path: string, from: string) => Promise<unknown>> = {
      'a link': (path) => symlink(secret, path),
      'a pipe': (path) => runner.run('mkfifo', [path]),
      'a folder': (path) => runner.run('mkdir', [path]),
      'a file that everybody can write': (path, from) =>
        runner.run('cp', ['-a', from, path]).then(() => chmod(path, 0o666)),
      ...(serverUser === undefined ? {} : { "another user's": (path) => writeFile(path, '') }),
    }
    const [, second = ''] = (await readdir(wal())).filter((name) => /^[0-9A-F]{24}$/.test(name)).sort()
    const path = join(wal(), second)
    const away = join(source.dataDirectory, 'away')
    await rename(path, away)
    for (const [what, put] of Object.entries(attacks)) {
      await put(path, away)
      for (const call of [() => record(), () => describeHistory(request())]) {
        const error = await call().catch((error: unknown) => error)
        expect([what, isPgforkError(error) && error.code]).toEqual([what, 'PERMISSION_DENIED'])
        expect(error).toMatchObject({ facts: { path } })
      }
      expect(await readdir(walDirectory)).toHaveLength(walSegments)
      await rm(path, { recursive: true })
    }
    // One that is larger counts as absent.
    await runner.run('cp', ['-a', away, path])
    await truncate(path, 1024 ** 4)
    await record()
    expect(await readdir(walDirectory)).not.toContain(second)
    await rm(path)
    await rename(away, path)
    await record()
    expect((await describeHistory(request())).gaps).toEqual([])
    const last = await write(source, 5)
    await using fork = await bench.fork({ at: last.after.location })
    expect(await eventsIn(fork)).toEqual(upTo(5))
    await rm(secret)
  })

  test('H100: more histories of timelines than a server writes are not kept, and what is too old goes all the same', async () => {
    await recordInTurn(request())
    await recordInTurn(request())
    const { walDirectory } = await describeHistory(request())
    const names = Array.from({ length: 16_500 }, (_, index) => {
      const timeline = (index + 2).toString(16).toUpperCase().padStart(8, '0')
      return join(wal(), `${timeline}.history`)
    })
    for (const name of names) await writeFile(name, '1\t0/1\tnowhere\n')
    for (const name of names) await giveToServerUser(name)
    const refused = { code: 'PERMISSION_DENIED', hazard: 'H100', facts: { path: wal() } }
    await expect(record('1x1w')).rejects.toMatchObject(refused)
    expect((await readdir(walDirectory)).filter((name) => name.includes('history'))).toEqual([])
    expect(await listSnapshots(bench.options)).toHaveLength(1)
    for (const name of names) await rm(name)
    await record('1x1w')
    expect(await listSnapshots(bench.options)).toHaveLength(1)
  })

  test.runIf(serverUser !== undefined)(
    "H63: a pg_wal that leads to what is another user's is refused as such",
    async () => {
      await recordInTurn(request())
      await bench.source.stop()
      await rename(wal(), `${wal()}.away`)
      await symlink('/etc', wal())
      try {
        for (const call of [() => record(), () => describeHistory(request()), () => bench.fork({ at: '0/2000000' })])
          await expect(call()).rejects.toMatchObject({
            code: expect.stringMatching(/^(PERMISSION_DENIED|LAYOUT_REFUSED)$/),
          })
      } finally {
        await rm(wal())
        await rename(`${wal()}.away`, wal())
      }
      await bench.source.start()
    },
  )
})
