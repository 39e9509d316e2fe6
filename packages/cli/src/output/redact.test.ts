import { expect, test } from 'vitest'
import { redact } from './redact.ts'

const secret = 'top-secret'

test.each([
  `postgresql://chief:${secret}@localhost/shop`,
  `postgresql://chief:with@and:${secret}@localhost/shop`,
  `postgresql://chief:with/slash${secret}@localhost/shop`,
  `postgresql://localhost/shop?user=chief&password=${secret}&sslmode=require`,
  { connection: { host: 'h', password: secret, ssl: { key: secret, passphrase: secret } } },
  { settings: { primary_conninfo: `password=${secret}` } },
  { settings: { 'app.jwt_secret': secret, 'app.db_password': secret, 'app.api_key': secret } },
  [{ password: () => secret }],
])('%o is shown without its secrets', (value) => {
  expect(JSON.stringify(redact(value))).not.toContain(secret)
})

test('all else stays', () => {
  const value = {
    source: 'postgresql://chief@localhost:5432/shop',
    create: { port: 5433, settings: { password_encryption: 'md5' } },
  }
  expect(redact(value)).toEqual(value)
  expect(redact({ create: { prepare: () => {} } })).toEqual({ create: { prepare: '[function]' } })
})
