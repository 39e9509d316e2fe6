import type { CommandRunner, DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { checkOptions } from '../options.ts'
import { kernel } from './kernel.ts'

/** A kernel that maps an image which these clients have open then. */
function kernelWith(watchers: readonly object[]) {
  const commands: string[] = []
  const runner: CommandRunner = {
    async run(file, args) {
      commands.push([file, ...args.filter((word) => !word.startsWith('--'))].join(' '))
      const stdout = args[0] === 'status' ? JSON.stringify({ watchers }) : '/dev/some0\n'
      return { stdout, stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  const mapping = { place: { pool: 'rbd', namespace: 'forks', image: 'clone' }, folder: '/nowhere' }
  const map = () => kernel.map(mapping, { ...checkOptions({}), busyTimeoutMs: 600 }, context)
  return { commands, map }
}

test('H99: of a clone that somebody else has open as well, the device is taken away again, before anything is written to it', async () => {
  const { commands, map } = kernelWith([{ address: '192.0.2.7:0/1', client: 7 }])
  await expect(map()).rejects.toMatchObject({ code: 'BUSY', hazard: 'H99' })
  expect(commands[0]).toBe('rbd device map krbd rbd/forks/clone')
  expect(commands.at(-1)).toBe('rbd device unmap krbd /dev/some0')
})

test('H99: one that nobody else has open is mapped', async () => {
  const { commands, map } = kernelWith([])
  expect(await map()).toBe('/dev/some0')
  expect(commands).toEqual(['rbd device map krbd rbd/forks/clone', 'rbd status rbd/forks/clone json'])
})
