import { test } from 'vitest'
import { expectConsistentForks } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

// Where commits are acknowledged before they are flushed, a snapshot may lack the newest of them, as a crash would.
const settings = { synchronous_commit: 'off', wal_writer_delay: '2s' }
const asynchronousCommit = true

// The copy on XFS is a base backup, which always begins with one; without wish, it is spread over minutes.
for (const [filesystem, count, checkpoint] of [
  ['btrfs', byExtent(3, 5, 50), false],
  ['xfs', byExtent(2, 3, 50), true],
] as const)
  await describeOn(filesystem, { settings }, (bench) => {
    test(`synchronous_commit = off: each of ${count} forks under load lacks nothing but the newest commits`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      await expectConsistentForks(bench, count, () => ({ checkpoint }), { asynchronousCommit })
    })
  })
