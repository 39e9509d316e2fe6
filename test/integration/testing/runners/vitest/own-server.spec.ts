import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { options } from '../template-options.ts'

const test = createTest(options)

test('changes its server', async ({ db, pool, connectionString, connection }) => {
  await db.query('delete from item')
  expect((await pool.query('select from item')).rowCount).toBe(0)
  expect(connectionString).toContain(encodeURIComponent(connection.host))
})

test('sees nothing of the others', async ({ db, server }) => {
  expect((await db.query('select from item')).rowCount).toBe(10)
  expect(server.name).toMatch(/^template-/)
})

test.concurrent('runs beside others: one', async ({ db }) => {
  await db.query('delete from item where id = 1')
  expect((await db.query('select from item')).rowCount).toBe(9)
})

test.concurrent('runs beside others: two', async ({ db }) => {
  await db.query('delete from item where id = 2')
  expect((await db.query('select from item')).rowCount).toBe(9)
})
