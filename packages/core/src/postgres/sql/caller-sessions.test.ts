import type { Client } from 'pg'
import { expect, test } from 'vitest'
import { callerSessions } from './caller-sessions.ts'

test.each([
  [{ databse: 'shop' }, 'connect has no option databse. Did you mean database?'],
  [{ database: '' }, 'database must be a name'],
  ['shop', 'connect takes an object of options, not string.'],
])('%o opens no session in another database than the one that was meant', async (given, message) => {
  const opened: string[] = []
  const open = async (database: string): Promise<Client> => {
    opened.push(database)
    throw new Error('no server')
  }
  const { context } = callerSessions(open, 'postgres')
  await expect(context.connect(given as object)).rejects.toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringContaining(message),
  })
  expect(opened).toEqual([])
})

test('a session that nobody waited for is ended when it is there', async () => {
  const ends: string[] = []
  let arrive: (client: Client) => void = () => {}
  const pending = new Promise<Client>((resolve) => {
    arrive = resolve
  })
  const sessions = callerSessions(() => pending, 'postgres')
  const late = sessions.context.connect()
  await sessions.end()
  arrive({ end: async () => void ends.push('ended'), once: () => {} } as unknown as Client)
  await late
  expect(ends).toEqual(['ended'])
})
