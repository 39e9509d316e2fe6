import { removeHistory } from '@pgfork/core'
import { afterAll, test } from 'vitest'
import { type MajorVersion, majorVersions, testedVersion } from '../../support/cluster/index.ts'
import { expectConsistentMoments } from '../../support/consistency/expect-consistent-moments.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { startLoad } from '../../support/load/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const extents: readonly {
  readonly filesystem: 'btrfs' | 'xfs'
  readonly count: number
  readonly perTick: number
  readonly version?: MajorVersion
}[] = [
  { filesystem: 'btrfs', count: byExtent(6, 20, 200), perTick: byExtent(2, 4, 10) },
  // Each of its snapshots is a base backup, which begins with a checkpoint.
  { filesystem: 'xfs', count: byExtent(2, 8, 50), perTick: byExtent(1, 4, 10) },
  ...byExtent<readonly MajorVersion[]>([], majorVersions).map((version) => ({
    ...({ filesystem: 'btrfs', version, count: byExtent(5, 5, 20), perTick: 5 } as const),
  })),
]

for (const { filesystem, count, perTick, version = testedVersion() } of extents) {
  const settings = Number(version) < 13 ? { wal_keep_segments: 32 } : { wal_keep_size: '512MB' }
  await describeOn(filesystem, { version, sizeMb: 8_000, settings }, (bench) => {
    afterAll(() => removeHistory({ source: bench.source.dataDirectory, ...bench.options }).catch(() => undefined))

    test(`H79, PostgreSQL ${version}: forks of ${count} random moments under load hold what had been acknowledged then, and nothing that began afterwards`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      await expectConsistentMoments(bench, {
        ...{ count, perTick, writers: 4, pauseMs: 5, apartMs: 300 },
        startLoad: () => startLoad(bench.source, { clients: 2, scale: 1 }),
      })
    })
  })
}
