import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { expectConsistentForks, startSpreadOracle } from '../../support/consistency/spread-oracle.ts'
import { byExtent } from '../../support/extent.ts'
import type { FileSystemName, TestStorage } from '../../support/storage/index.ts'
import { type Drivers, describeWorkbench, type Workbench } from '../../support/workbench/workbench.ts'
import { expectSeparate, fillTablespaces } from './expect-separate.ts'

export interface VolumesOptions {
  readonly title: string
  /** One file system each; a number names one of them. */
  readonly filesystems: readonly FileSystemName[]
  readonly data: number
  readonly wal: number
  /** One tablespace on each. */
  readonly tablespaces: readonly number[]
  readonly drivers: () => Drivers
}

/** What must hold for a cluster on several volumes that can't be captured at one instant (H4). */
export async function describeVolumes(options: VolumesOptions): Promise<void> {
  const names = options.tablespaces.map((_, index) => `space_${index}`)
  await describeWorkbench(
    options.title,
    [...new Set(options.filesystems)],
    (bench) => openCluster(bench, options, names),
    (bench) => {
      const driver = options.drivers()

      test('a fork under load is consistent over all volumes', async () => {
        await using oracle = await startSpreadOracle(bench.source, names)
        await expectConsistentForks(bench, bench.source, oracle, { driver }, byExtent(2, 3))
        await oracle.stop()
      })

      test('fork and source drop, rewrite and recover in every tablespace, and change no byte of each other', async () => {
        await using fork = await bench.fork(bench.source, { driver })
        expect(fork.verification?.consistency).toBe('backup')
        await expectSeparate(bench.source, fork, names)
        await bench.source.query('SELECT pg_switch_wal()')
        expect(await bench.source.query('SELECT slot_name FROM pg_replication_slots')).toEqual([])
      })
    },
  )
}

async function openCluster(bench: Workbench, options: VolumesOptions, names: readonly string[]) {
  const storages: TestStorage[] = []
  for (const filesystem of options.filesystems) storages.push(await bench.storage(filesystem))
  const volume = async (index: number, name: string): Promise<string> => {
    const storage = storages[index] as TestStorage
    return bench.directory(storage, `source/${name}`)
  }
  const directory = join(await volume(options.data, 'data'), 'main')
  const walDirectory = join(await volume(options.wal, 'wal'), 'main')
  const source = await bench.cluster({ directory, walDirectory })
  for (const [index, name] of names.entries()) {
    const parent = await volume(options.tablespaces[index] as number, name)
    await createTablespace(source, name, join(parent, 'files'))
  }
  await fillTablespaces(source, names)
  return { source }
}
