import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { whyRefused } from './connect-source.ts'

const sasl = createRequire(import.meta.url)('pg/lib/crypto/sasl.js') as {
  continueSession(session: object, password: string | undefined, serverData: string): void
}

test.each([
  ['none', undefined],
  ['an empty one', ''],
])(
  'that a server asks for a password, and there is %s, is told in words, and not in those of the protocol',
  (_, password) => {
    let thrown: unknown
    try {
      sasl.continueSession({ message: 'SASLInitialResponse' }, password, '')
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(Error)
    expect(whyRefused(thrown)).toMatch(/asks for a password, which PGPASSWORD or ~\/\.pgpass can hold/)
  },
)

test('all else is told as it is', () => {
  expect(whyRefused(new Error('connect ECONNREFUSED'))).toBe('connect ECONNREFUSED')
})
