import { CommandError } from '@pgfork/core'
import { expect, test } from 'vitest'
import { makeBtrfs } from './make-btrfs.ts'

const failure = (stderr: string): CommandError =>
  new CommandError('COMMAND_FAILED', 'mkfs.btrfs failed.', {
    ...{ command: ['mkfs.btrfs'], stderr, durationMs: 1, exitCode: 1 },
  })

test('a loop device that goes away meanwhile is nothing to stop at', async () => {
  const failures = [failure('ERROR: cannot check mount status of x: No such device or address')]
  let runs = 0
  await makeBtrfs(async () => {
    runs++
    const error = failures.pop()
    if (error !== undefined) throw error
  })
  expect(runs).toBe(2)
})

test('all else is told at once', async () => {
  let runs = 0
  const run = async () => {
    runs++
    throw failure('ERROR: /dev/x is mounted')
  }
  await expect(makeBtrfs(run)).rejects.toThrow('mkfs.btrfs failed')
  expect(runs).toBe(1)
})
