import { test } from 'vitest'
import { expectConsistentForks } from './expect-consistent-forks.ts'
import { describeOn } from './workbench.ts'

// Every fourth without a checkpoint, so that its recovery has more to replay.
await describeOn('btrfs', {}, (bench) => {
  test('each of 20 forks under load holds every commit acknowledged before it was asked for, and balances', async () => {
    await expectConsistentForks(bench, 20, (repetition) => ({ checkpoint: repetition % 4 !== 0 }))
  })
})
