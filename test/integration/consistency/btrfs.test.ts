import { test } from 'vitest'
import { expectConsistentForks } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const count = byExtent(8, 20, 200)

// Every fourth without a checkpoint, so that its recovery has more to replay.
const checkpoints = (repetition: number) => ({ checkpoint: repetition % 4 !== 0 })

await describeOn('btrfs', {}, (bench) => {
  test(`each of ${count} forks under load holds every commit acknowledged before it was asked for, and balances`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    await expectConsistentForks(bench, count, checkpoints)
  })
})
