import { createTest } from '@pgfork/testing/vitest'
import { expect } from 'vitest'
import { template } from '../testing-schema/setup.js'

const test = createTest(template)

test('adds a user', async ({ db }) => {
  await db.query("insert into users (name) values ('Edsger')")
  expect((await db.query('select from users')).rowCount).toBe(3)
})

test('has a server of its own: roles, settings, anything', async ({ db, pool }) => {
  await db.query('create role auditor')
  await db.query("alter system set log_statement = 'all'")
  expect((await pool.query('select from users')).rowCount).toBe(2)
})
