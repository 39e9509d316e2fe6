import { expect, test } from 'vitest'
import { refusePassword } from './refuse-password.ts'

const secret = 'top-secret'

test.each([
  `postgresql://chief:${secret}@localhost/shop`,
  `POSTGRES://chief:${secret}@localhost`,
  `postgresql://localhost/shop?password=${secret}`,
  `postgresql://localhost/shop?sslmode=require&sslpassword=${secret}`,
  `postgresql://chief:top%40${secret}@%2Fsockets/shop`,
])('%s is refused without repeating it (H29)', (url) => {
  expect(() => refusePassword(url)).toThrow('PGFORK_SOURCE')
  expect(() => refusePassword(url)).not.toThrow(secret)
})

test.each(['/srv/pg/main', '/srv/a:b@c', 'postgresql://chief@localhost:5432/shop', 'postgresql://localhost/a:b@c'])(
  '%s is taken',
  (source) => {
    expect(() => refusePassword(source)).not.toThrow()
  },
)
