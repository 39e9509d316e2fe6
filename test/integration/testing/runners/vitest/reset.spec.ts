import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest({ ...options, scope: 'worker', reset: true })
let first: string | undefined

test('changes the server', async ({ db, connectionString }) => {
  first = connectionString
  await db.query('delete from item')
})

test('finds it as it was, at the same address', async ({ db, connectionString }) => {
  expect(connectionString).toBe(first)
  expect((await db.query('select from item')).rowCount).toBe(10)
})
