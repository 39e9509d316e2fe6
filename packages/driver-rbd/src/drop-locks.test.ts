import type { CommandRunner, DriverContext } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { dropLocks } from './drop-locks.ts'
import { checkOptions } from './options.ts'

/** Clients of a clone: those that have its lock when it is asked for, and those that have it open, before and after that. */
interface Clients {
  readonly locked: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** @returns whose locks are taken */
async function drop({ locked, before, after }: Clients): Promise<string[]> {
  const taken: string[] = []
  let watching = before
  const runner: CommandRunner = {
    async run(_file, args) {
      let answer: unknown
      if (args.includes('status'))
        answer = { watchers: watching.map((client) => ({ address: '192.0.2.1:0/1', client })) }
      else if (args.includes('ls')) {
        answer = locked.map((client) => ({ id: 'auto 1', locker: `client.${client}` }))
        watching = after
      } else taken.push(args.find((word) => word.startsWith('client.')) ?? '')
      return { stdout: JSON.stringify(answer) ?? '', stderr: '', durationMs: 1 }
    },
    start: () => Promise.reject(new Error('Nothing is started.')),
  }
  const context: DriverContext = { runner, warn: () => {}, progress: () => {} }
  await dropLocks({ pool: 'rbd', namespace: 'forks', image: 'pgfork-c-db-b+x' }, checkOptions({}), context)
  return taken
}

test('the lock of a client that died is taken', async () => {
  expect(await drop({ locked: [7], before: [], after: [] })).toEqual(['client.7'])
  expect(await drop({ locked: [7, 8], before: [8], after: [8] })).toEqual(['client.7'])
})

test('H99: the lock of a process that starts the fork at this moment is not taken', async () => {
  expect(await drop({ locked: [7], before: [], after: [7] })).toEqual([])
})
