import assert from 'node:assert/strict'
import { createDatabases } from '@pgfork/testing'
import { after, it } from 'mocha'
import { template } from '../testing-schema/setup.js'

const databases = createDatabases(template)
after(() => databases.close())

it(
  'adds a user',
  databases.with(async ({ db }) => {
    await db.query("insert into users (name) values ('Edsger')")
    assert.equal((await db.query('select from users')).rowCount, 3)
  }),
).timeout(30_000)

it(
  'has a server of its own',
  databases.with(async ({ db }) => {
    assert.equal((await db.query('select from users')).rowCount, 2)
  }),
).timeout(30_000)
