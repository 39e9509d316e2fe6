import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createSnapshot, listForks, openSnapshot } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { claimedTimelines } from '../../support/fork/claimed-timelines.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { takeAway } from '../../support/storage/index.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

const missing = { code: 'STORAGE_MISSING', hazard: 'H72' }

/** With the storage unmounted, and its servers stopped as before a reboot. */
async function withoutStorage({ source, storage }: SourceWorkbench, act: () => Promise<void>): Promise<void> {
  await source.stop()
  const mounted = await takeAway(storage.path)
  try {
    await act()
  } finally {
    await mounted[Symbol.asyncDispose]()
    await source.start()
  }
}

for (const filesystem of ['btrfs', 'ext4'] as const)
  await describeOn(filesystem, {}, (bench) => {
    afterAll(() => forgetCollections(bench))

    test('H72: a fork whose storage is not mounted is neither gone nor changed, and nothing of it is free', async () => {
      const { options, stateDirectory } = bench
      const dataDirectory = bench.source.dataDirectory
      const snapshot = await createSnapshot({ source: dataDirectory, name: 'picture', ...options })
      const fork = await bench.fork({ name: 'kept', source: snapshot, lifetime: 'persistent' })
      await query(fork, 'CREATE TABLE mine AS SELECT 1 AS id')
      await fork.stop()
      const expectKept = async (status: string): Promise<void> => {
        expect(await listForks(options)).toMatchObject([{ name: 'kept', status }])
        expect(await claimedTimelines(bench)).toEqual([{ timeline: fork.timeline, holder: 'kept' }])
        expect(await readdir(join(stateDirectory, 'ports'))).toEqual([String(fork.port)])
      }

      await withoutStorage(bench, async () => {
        for (const action of ['start', 'reset'] as const)
          await expect(fork[action](), action).rejects.toMatchObject(missing)
        // Nothing of it was begun, and so nothing is left of it, not even a record.
        await expect(bench.fork({ source: snapshot, name: 'new' })).rejects.toMatchObject({
          ...missing,
          leftBehind: [],
        })
        await expectKept('ready')
      })
      expect(await collectGarbage(options)).toEqual([])
      await fork.start()
      expect(await query(fork, 'SELECT id FROM mine')).toEqual([{ id: 1 }])
      await fork.stop()

      await withoutStorage(bench, async () => {
        await expect(fork.destroy()).rejects.toMatchObject(missing)
        await expectKept('removing')
        const found = await collectGarbage(options)
        expect(found).toMatchObject([{ kind: 'fork', name: 'kept', isRemoved: false, failure: missing }])
        await expect(snapshot.destroy()).rejects.toMatchObject(missing)
        await expectKept('removing')
      })
      await fork.destroy()
      await expect(openSnapshot('picture', options)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' })
      await snapshot.destroy()
      await expectNothingLeft(bench)
    })

    // The program that makes the fork knows Btrfs.
    if (filesystem === 'btrfs')
      test('H72: a collection keeps the records of forks of ended processes until their storage is there', async () => {
        const { options } = bench
        const ended = await startForkProcess(bench.stateDirectory)
        await ended.create({ source: bench.source.dataDirectory, name: 'ended' })
        await ended.end('SIGKILL')
        await withoutStorage(bench, async () => {
          for (let time = 0; time < 2; time++)
            expect(await collectGarbage(options)).toMatchObject([
              { kind: 'fork', name: 'ended', isRemoved: false, failure: missing },
            ])
        })
        expect(await collectGarbage(options)).toMatchObject([{ kind: 'fork', name: 'ended', isRemoved: true }])
        await expectNothingLeft(bench)
      })
  })
