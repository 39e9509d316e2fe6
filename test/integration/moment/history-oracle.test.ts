import { type CreateForkOptions, removeHistory, type SnapshotDriver } from '@pgfork/core'
import { overlay } from '@pgfork/driver-overlay'
import { afterAll, test } from 'vitest'
import { type MajorVersion, majorVersions, testedVersion } from '../../support/cluster/index.ts'
import { expectConsistentMoments } from '../../support/consistency/expect-consistent-moments.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { startLoad } from '../../support/load/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

interface Tried {
  readonly filesystem: 'btrfs' | 'xfs' | 'ext4'
  /** Default: that of the file system. */
  readonly driver?: SnapshotDriver
  readonly count: number
  readonly perTick: number
  readonly version?: MajorVersion
}

const extents: readonly Tried[] = [
  { filesystem: 'btrfs', count: byExtent(6, 20, 200), perTick: byExtent(2, 4, 10) },
  // Each of its snapshots is a base backup, which begins with a checkpoint.
  { filesystem: 'xfs', count: byExtent(2, 8, 50), perTick: byExtent(1, 4, 10) },
  ...byExtent<readonly Tried[]>(
    [],
    [{ filesystem: 'ext4', driver: overlay({ volatile: true }), count: byExtent(0, 8, 50), perTick: 4 }],
  ),
  ...byExtent<readonly MajorVersion[]>([], majorVersions).map((version) => ({
    ...({ filesystem: 'btrfs', version, count: byExtent(5, 5, 20), perTick: 5 } as const),
  })),
]

for (const { filesystem, driver, count, perTick, version = testedVersion() } of extents) {
  const settings = Number(version) < 13 ? { wal_keep_segments: 32 } : { wal_keep_size: '512MB' }
  await describeOn(filesystem, { version, sizeMb: 8_000, settings }, (bench) => {
    const ofDriver = driver === undefined ? {} : { driver }
    const options = () => ({ ...bench.options, ...ofDriver })
    afterAll(() => removeHistory({ source: bench.source.dataDirectory, ...options() }).catch(() => undefined))

    test(`H79, PostgreSQL ${version}: forks of ${count} random moments under load hold what had been acknowledged then, and nothing that began afterwards`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      const { source } = bench
      const fork = (given: Partial<CreateForkOptions>) => bench.fork({ ...ofDriver, ...given })
      await expectConsistentMoments(
        { source, options: options(), fork },
        {
          ...{ count, perTick, writers: 4, pauseMs: 5, apartMs: 300 },
          startLoad: () => startLoad(source, { clients: 2, scale: 1 }),
        },
      )
    })
  })
}
