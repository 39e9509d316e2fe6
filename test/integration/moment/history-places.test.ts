import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describeHistory, listChanges, listSnapshots, recordHistory, removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { runner } from '../../support/system/runner.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, keepAll, recordInTurn, sourceMaker, upTo, write } from './describe-moments.ts'

await describeWorkbench(
  'where sources and histories are',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage, { wal_keep_size: '512MB' })
    return { storage, source: await make('one'), other: await make('other') }
  },
  (bench) => {
    const request = () => ({ source: bench.source.dataDirectory, driver: btrfs(), ...bench.options })

    test('H120: another cluster was put in the place of a source, and the source back again: its own history is told', async () => {
      const { source, other } = bench
      const { dataDirectory } = source
      await recordInTurn(request())
      await write(source, 1)
      await recordInTurn(request())
      const { systemIdentifier } = await describeHistory(request())
      await source.stop()
      await other.stop()
      await rename(dataDirectory, `${dataDirectory}.away`)
      await runner.run('cp', ['-a', other.dataDirectory, dataDirectory])
      await recordInTurn(request())
      expect((await describeHistory(request())).systemIdentifier).not.toBe(systemIdentifier)
      await rm(dataDirectory, { recursive: true })
      await rename(`${dataDirectory}.away`, dataDirectory)
      await source.start()
      await recordInTurn(request())
      const second = await write(source, 2)
      await write(source, 3)
      expect(await describeHistory(request())).toMatchObject({ systemIdentifier, gaps: [] })
      const told: number[] = []
      for await (const { transaction } of listChanges(request())) told.push(transaction)
      expect(told).toContain(Number(second.transaction))
      {
        await using fork = await bench.fork(source, { driver: btrfs(), at: second.after.time })
        expect(await eventsIn(fork)).toEqual(upTo(2))
      }
      await removeHistory(request())
      await removeHistory(request())
      await expect(removeHistory(request())).rejects.toMatchObject({ code: 'HISTORY_NOT_FOUND' })
      expect(await listSnapshots(bench.options)).toEqual([])
      await source.query('TRUNCATE events')
    })

    test('a source that is gone is found by the links that led to it', async () => {
      const { source, storage } = bench
      const { dataDirectory } = source
      await recordInTurn(request())
      const [above, current] = [join(storage.path, 'above'), join(storage.path, 'current')]
      await symlink(dirname(dataDirectory), above)
      await symlink('above/main', current)
      await source.stop()
      await rename(dataDirectory, `${dataDirectory}.gone`)
      try {
        for (const path of [dataDirectory, join(above, 'main'), current])
          expect(await describeHistory({ ...request(), source: path })).toMatchObject({ dataDirectory })
        await expect(describeHistory({ ...request(), source: join(above, 'other') })).rejects.toMatchObject({
          code: 'HISTORY_NOT_FOUND',
        })
      } finally {
        await rename(`${dataDirectory}.gone`, dataDirectory)
        await rm(above)
        await rm(current)
      }
      await source.start()
      await removeHistory(request())
    })

    test('H72: WAL that lies on storage that is not mounted is neither forgotten nor begun anew elsewhere', async () => {
      const { source, storage } = bench
      const [kept, place] = [join(storage.path, 'kept'), join(storage.path, 'place')]
      for (const path of [kept, place]) await mkdir(path, { mode: 0o700 })
      await runner.run('mount', ['--bind', kept, place])
      try {
        await recordInTurn({ ...request(), directory: place })
        const first = await write(source, 1)
        await recordInTurn(request())
        await runner.run('umount', [place])
        const missing = { code: 'STORAGE_MISSING', hazard: 'H72' }
        const at = first.after.location
        const calls = [
          () => describeHistory(request()),
          () => recordHistory({ ...request(), keep: keepAll }),
          () => bench.fork(source, { driver: btrfs(), at }),
          () => removeHistory(request()),
        ]
        for (const call of calls) await expect(call()).rejects.toMatchObject(missing)
        expect(await readdir(place)).toEqual([])
        expect(await listSnapshots(bench.options)).toHaveLength(2)
        await runner.run('mount', ['--bind', kept, place])
        await recordInTurn(request())
        {
          await using fork = await bench.fork(source, { driver: btrfs(), at })
          expect(await eventsIn(fork)).toEqual([1])
        }
        const { walDirectory } = await describeHistory(request())
        await removeHistory(request())
        expect(existsSync(walDirectory)).toBe(false)
        expect(await readdir(kept)).toEqual([])
      } finally {
        await runner.run('umount', [place]).catch(() => {})
        for (const path of [kept, place]) await rm(path, { recursive: true })
      }
    })
  },
)
