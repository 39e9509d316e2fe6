import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { whyRefused } from './connect-source.ts'

const sasl = createRequire(import.meta.url)('pg/lib/crypto/sasl.js') as {
  continueSession(session: object, password: string | undefined, serverData: string): Promise<void>
}

test.each([
  ['none', undefined],
  ['an empty one', ''],
])('a server that asks for a password, where there is %s, is told of in words', async (_, password) => {
  const thrown = await sasl.continueSession({ message: 'SASLInitialResponse' }, password, '').catch((error) => error)
  expect(whyRefused(thrown)).toMatch(/asks for a password, which PGPASSWORD or ~\/\.pgpass can hold/)
})

test('all else is told as it is', () => {
  expect(whyRefused(new Error('connect ECONNREFUSED'))).toBe('connect ECONNREFUSED')
})
