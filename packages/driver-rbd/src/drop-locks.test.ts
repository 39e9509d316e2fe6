import { type CommandRunner, type DriverContext, PgforkError } from '@pgfork/core/driver'
import { expect, test } from 'vitest'
import { dropLocks, pastDeadLocks } from './drop-locks.ts'
import { checkOptions } from './options.ts'

/** Clients of a clone: those that have its lock when it is asked for, and those that have it open, before and after that. */
interface Clients {
  readonly locked: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
}

const clone = { pool: 'rbd', namespace: 'forks', image: 'pgfork-c-db-b+x' }

/** @returns whose locks are taken by what is done, such as `dropLocks` */
async function drop({ locked, before, after }: Clients, act: typeof dropLocks = dropLocks): Promise<string[]> {
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
  await act(clone, checkOptions({ host: 'db-b' }), context)
  return taken
}

test('the lock of a client that died is taken', async () => {
  expect(await drop({ locked: [7], before: [], after: [] })).toEqual(['client.7'])
  expect(await drop({ locked: [7, 8], before: [8], after: [8] })).toEqual(['client.7'])
})

test('H99: the lock of a process that starts the fork at this moment is not taken', async () => {
  expect(await drop({ locked: [7], before: [], after: [7] })).toEqual([])
})

const dead: Clients = { locked: [7], before: [], after: [] }
const busy = new PgforkError('BUSY', 'Whoever has the image open does not answer.')

test('H99: what waits for the lock of one who died in the middle of it is done once that is taken', async () => {
  const tries: number[] = []
  const taken = await drop(dead, (place, settings, context) =>
    pastDeadLocks(place, settings, context, async () => {
      tries.push(tries.length)
      if (tries.length === 1) throw busy
    }),
  )
  expect([taken, tries]).toEqual([['client.7'], [0, 1]])
})

test("H98, H99: no lock is taken of a source, nor of another host's clone", async () => {
  for (const image of ['db-a', 'pgfork-c-db-c+x'])
    await drop(dead, async (place, settings, context) => {
      const failing = pastDeadLocks({ ...place, image }, settings, context, () => Promise.reject(busy))
      await expect(failing, image).rejects.toBe(busy)
    }).then((taken) => expect(taken, image).toEqual([]))
})
