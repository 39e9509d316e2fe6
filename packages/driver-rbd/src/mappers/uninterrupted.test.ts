import type { CommandRunner, DriverContext, RunOptions } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { checkOptions } from '../options.ts'
import { kernel } from './kernel.ts'
import { nbd } from './nbd.ts'

test.each([
  ['kernel', kernel],
  ['nbd', nbd],
])('an abort does not end the mapping by %s half way: what does it would go on by itself', async (_, mapper) => {
  const given: RunOptions[] = []
  const runner: CommandRunner = {
    run: async (_file, _args, options = {}) => {
      given.push(options)
      return { stdout: '/dev/some0\n', stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const place = { pool: 'rbd', namespace: 'forks', image: 'pgfork-c-db-b+x' }
  expect(await mapper.map({ place, folder: '/nowhere' }, checkOptions({}), context)).toBe('/dev/some0')
  expect(given).toEqual([expect.objectContaining({ uninterruptible: { warn: context.warn } })])
})
