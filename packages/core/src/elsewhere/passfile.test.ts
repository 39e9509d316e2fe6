import { expect, test } from 'vitest'
import { findPassword } from './passfile.ts'

const address = { host: 'db.example.org', port: 5432, user: 'ada', database: 'shop', tls: {} }

test.each([
  ['db.example.org:5432:shop:ada:one', 'one'],
  ['*:*:*:*:one\n', 'one'],
  ['db.example.org:5432:replication:ada:one', 'one'],
  ['# *:*:*:*:none\nother:*:*:*:none\n*:*:*:ada:one\n*:*:*:ada:two', 'one'],
  [String.raw`*:*:*:ada:a\:b\\c`, String.raw`a:b\c`],
  ['*:*:*:ada:one\r\n', 'one'],
  ['*:*:*:bob:none\r\n*:*:*:ada:one\r', 'one'],
  ['*:*:other:ada:none', undefined],
  ['', undefined],
])('as libpq reads %j', (text, password) => {
  expect(findPassword(text, address)).toBe(password)
})
