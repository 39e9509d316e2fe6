import { expect, test } from 'vitest'
import { describeValue } from './describe-value.ts'

const secret = 'top-secret'

test.each([
  `postgresql://chief:${secret}@localhost/shop`,
  `postgres://chief:with@and:${secret}@localhost/shop`,
  ` postgresql://chief:with/slash${secret}@db`,
  `postgresql://${'x'.repeat(2000)}:${secret}@localhost/shop`,
  `postgresql://localhost/shop?user=chief&password=${secret}&sslmode=require`,
  `host=localhost password=${secret} user=chief`,
  { host: 'localhost', password: secret },
])('%o is described without its secret', (value) => {
  expect(describeValue(value)).not.toContain(secret)
})

test('all else is told as it is, on one line and no longer than 300 characters', () => {
  expect(describeValue('a/b')).toBe("'a/b'")
  expect(describeValue({ port: 1, host: 'a@b' })).toBe("{ port: 1, host: 'a@b' }")
  expect(describeValue('x'.repeat(2000))).toHaveLength(300)
  expect(describeValue(['a\nb'])).toBe("[ 'a\\nb' ]")
})
