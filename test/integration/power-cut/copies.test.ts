import { readlink, truncate } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { collectGarbage, createSnapshot, listSnapshots, openSnapshot, type SnapshotDriver } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { overlay } from '@pgfork/driver-overlay'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { cutPower } from '../../support/storage/index.ts'
import { unmount } from '../../support/storage/unmount.ts'
import { runner } from '../../support/system/runner.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { lostOf } from './lost-of.ts'

for (const filesystem of ['ext4', 'xfs'] as const)
  await describeWorkbench(
    `on ${filesystem}`,
    [filesystem, 'ext4'],
    async (bench) => {
      const storage = await bench.storage(filesystem, 1024)
      const records = await bench.storage('ext4', 256)
      const source = await bench.cluster({ directory: await bench.directory(storage, 'main') })
      return { storage, records, source }
    },
    (bench) => {
      /** On a file system of its own, in the folder where what is left is looked over. */
      const options = () => ({ ...bench.options, stateDirectory: join(bench.records.path, 'source', 'state') })
      const syncs = (): number => bench.options.runner.commands.filter(({ file }) => file === 'sync').length
      const make = (source: Cluster, name: string) =>
        createSnapshot({ ...options(), driver: copy(), source: source.dataDirectory, name })
      const snapshots = () => join(bench.storage.path, '.pgfork', 'snapshots')

      beforeAll(() => bench.source.query('CREATE TABLE kept AS SELECT id FROM generate_series(1, 100000) id'))
      afterAll(async () => {
        for (const { name } of await listSnapshots(options()))
          await (await openSnapshot(name, { ...options(), driver: copy() })).destroy()
      })

      test('H140: a durable overlay of a running source still knows what it lies on when its mark is empty', async () => {
        await using fork = await bench.fork(bench.source, {
          ...{ ...options(), driver: overlay(), name: 'laid' },
          lifetime: 'persistent',
        })
        await fork.stop()
        await unmount(fork.dataDirectory)
        const entry = join(fork.dataDirectory, '..')
        const note = relative(bench.storage.path, join(entry, 'layers', 'snapshot'))
        {
          await using cut = await cutPower(bench.storage)
          expect(await readlink(join(cut.path, note))).toBe(await readlink(join(bench.storage.path, note)))
        }
        await truncate(join(entry, 'mark.json'))
        expect(await collectGarbage({ ...options(), driver: overlay() })).toEqual([])
        await fork.start()
        expect(await query(fork, 'SELECT count(*)::int FROM kept')).toEqual([{ count: 100000 }])
      })

      test('H140: a snapshot of a running source survives it, and so does the WAL of its base backup', async () => {
        await make(bench.source, 'running')
        const { storage, records } = bench
        expect(await lostOf(storage, snapshots())).toEqual([])
        expect(await lostOf(records, join(options().stateDirectory, 'snapshots'))).toEqual([])
      })

      test('H140: so does a snapshot of a stopped one', async () => {
        await bench.source.stop()
        await make(bench.source, 'stopped')
        expect(await lostOf(bench.storage, snapshots())).toEqual([])
      })

      for (const [name, driver] of [
        ['copy', copy()],
        ['overlay', overlay()],
      ] as const)
        test(`H140: the tables of a durable fork of it, by ${name}`, async () => {
          await runner.run('sync', ['--file-system', bench.storage.path])
          await using fork = await bench.fork(bench.source, {
            ...{ ...options(), driver },
            ...{ lifetime: 'persistent', resettable: true },
          })
          await fork.stop()
          // What an overlay lies on is its snapshot.
          const tables = name === 'overlay' ? snapshots() : join(fork.dataDirectory, 'base')
          expect(await lostOf(bench.storage, tables)).toEqual([])
        })

      test.each([
        ['as it is', undefined],
        ['that was prepared', () => undefined],
      ])('H140: settings and rules of one %s, on storage that leaves clones flushed', async (_, prepare) => {
        await bench.source.stop()
        await using fork = await bench.fork(bench.source, {
          ...{ ...options(), driver: flushing(bench.storage.path) },
          ...{ lifetime: 'persistent', settings: { work_mem: '5MB' }, ...(prepare && { prepare }) },
        })
        await fork.stop()
        expect(await lostOf(bench.storage, fork.dataDirectory, ['postgresql.conf', 'pg_hba.conf'])).toEqual([])
      })

      test('what nobody keeps is not flushed', async () => {
        const before = syncs()
        await using _ = await bench.fork(bench.source, { ...options(), driver: copy(), durability: 'throwaway' })
        expect(syncs()).toBe(before)
      })
    },
  )

/** What Btrfs, LVM and others leave: clones that are whole on the disk, as long as nobody writes in them. */
function flushing(path: string): SnapshotDriver {
  const driver = copy()
  return {
    ...driver,
    facts: { ...driver.facts, leaves: 'flushed' },
    async clone(request, context) {
      await driver.clone(request, context)
      await runner.run('sync', ['--file-system', path])
    },
  }
}
