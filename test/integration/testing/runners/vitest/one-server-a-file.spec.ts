import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest({ ...options, scope: 'file' })
let first: string | undefined

test('changes the server of the file', async ({ db, connectionString }) => {
  first = connectionString
  await db.query('delete from item where id > 3')
})

test('sees what the test before left', async ({ db, connectionString }) => {
  expect(connectionString).toBe(first)
  expect((await db.query('select from item')).rowCount).toBe(3)
})
