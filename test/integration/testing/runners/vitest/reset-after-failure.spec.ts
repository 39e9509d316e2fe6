import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest({ ...options, scope: 'file', reset: true })

test('fails', async ({ db }) => {
  await db.query('delete from item where id > 4')
  expect(1).toBe(2)
})

test('finds nothing of the failed test', async ({ db }) => {
  expect((await db.query('select from item')).rowCount).toBe(10)
  await db.query('delete from item')
})

test('nor of the next', async ({ db }) => {
  expect((await db.query('select from item')).rowCount).toBe(10)
})
