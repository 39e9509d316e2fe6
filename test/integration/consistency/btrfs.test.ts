import { test } from 'vitest'
import { expectConsistentForks } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs, repetitions } from '../../support/consistency/repetitions.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const count = repetitions(20, 200)

// Every fourth without a checkpoint, so that its recovery has more to replay.
const checkpoints = (repetition: number) => ({ checkpoint: repetition % 4 !== 0 })

await describeOn('btrfs', {}, (bench) => {
  test(`each of ${count} forks under load holds every commit acknowledged before it was asked for, and balances`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    await expectConsistentForks(bench, count, checkpoints)
  })
})
