import { removeHistory } from '@pgfork/core'
import { afterAll, test } from 'vitest'
import { expectConsistentMoments } from '../../support/consistency/expect-consistent-moments.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { startLoad } from '../../support/load/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const extents = [
  { filesystem: 'btrfs', count: byExtent(6, 20, 200), perTick: byExtent(2, 4, 10) },
  // Each of its snapshots is a base backup, which begins with a checkpoint.
  { filesystem: 'xfs', count: byExtent(2, 8, 50), perTick: byExtent(1, 4, 10) },
] as const

for (const { filesystem, count, perTick } of extents)
  await describeOn(filesystem, { sizeMb: 8_000, settings: { wal_keep_size: '256MB' } }, (bench) => {
    afterAll(() => removeHistory({ source: bench.source.dataDirectory, ...bench.options }).catch(() => undefined))

    test(`H79: forks of ${count} random moments under load hold what had been acknowledged then, and nothing that began afterwards`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      await expectConsistentMoments(bench, {
        ...{ count, perTick, writers: 4, pauseMs: 5, apartMs: 300 },
        startLoad: () => startLoad(bench.source, { clients: 2, scale: 1 }),
      })
    })
  })
