import type { CommandRunner, DriverContext, RunOptions } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { checkOptions } from '../options.ts'
import { kernel } from './kernel.ts'
import type { Mapper } from './mapper.ts'
import { nbd } from './nbd.ts'

async function optionsOfMapping(mapper: Mapper): Promise<RunOptions[]> {
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
  expect(await mapper.map({ place, folder: '/nowhere', isNew: true }, checkOptions({}), context)).toBe('/dev/some0')
  return given
}

test('an abort does not end the mapping by nbd half way: its process would go on by itself', async () => {
  expect(await optionsOfMapping(nbd)).toEqual([
    expect.objectContaining({ uninterruptible: { warn: expect.any(Function) } }),
  ])
})

test('an abort ends the mapping by the kernel, which waits without a bound', async () => {
  expect(await optionsOfMapping(kernel)).toEqual([expect.not.objectContaining({ uninterruptible: expect.anything() })])
})
