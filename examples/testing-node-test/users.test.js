import assert from 'node:assert/strict'
import { createTest } from '@pgfork/testing/node-test'
import { template } from '../testing-schema/setup.js'

const test = createTest(template)

test('adds a user', async ({ db }) => {
  await db.query("insert into users (name) values ('Edsger')")
  assert.equal((await db.query('select from users')).rowCount, 3)
})

test('has a server of its own', async ({ db }) => {
  assert.equal((await db.query('select from users')).rowCount, 2)
})
