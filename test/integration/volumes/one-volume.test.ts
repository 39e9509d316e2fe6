import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { expectConsistentForks, startSpreadOracle } from '../../support/consistency/spread-oracle.ts'
import { byExtent } from '../../support/extent.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { expectSeparate, fillTablespaces } from './expect-separate.ts'

const tablespaces = ['one', 'two']

await describeWorkbench(
  'H1, H2: tablespaces and WAL by absolute links inside the one volume of the data directory, which lies below its top',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const volume = await bench.directory(storage, 'source')
    const directory = join(volume, 'postgresql', '15', 'main')
    const walDirectory = join(volume, 'wal', 'main')
    const source = await bench.cluster({ directory, walDirectory, settings: { wal_level: 'logical' } })
    for (const name of tablespaces) await createTablespace(source, name, join(volume, `tablespace-${name}`))
    await fillTablespaces(source, tablespaces)
    return { source }
  },
  (bench) => {
    test('a fork under load is an atomic picture of all of them', async () => {
      await using oracle = await startSpreadOracle(bench.source, tablespaces)
      await expectConsistentForks(bench, bench.source, oracle, { driver: btrfs() }, byExtent(3, 6))
      await oracle.stop()
    })

    test('fork and source drop, rewrite and recover in every tablespace, and change no byte of each other', async () => {
      await using fork = await bench.fork(bench.source, { driver: btrfs() })
      expect(fork.verification?.consistency).toBe('atomic')
      await expectSeparate(bench.source, fork, tablespaces)
      // The copy of a fork's links must not lead to the fork, either.
      await using child = await bench.fork(bench.source, { source: fork.dataDirectory, driver: btrfs() })
      await fork.destroy()
      await child.stop()
      await child.start()
    })
  },
)
