import { createDatabases } from '@pgfork/testing'
import test from 'ava'
import { template } from '../testing-schema/setup.js'

const databases = createDatabases(template)
test.after.always(() => databases.close())

// AVA runs the tests of a file at the same time.
test(
  'adds a user',
  databases.with(async ({ db }, t) => {
    await db.query("insert into users (name) values ('Edsger')")
    t.is((await db.query('select from users')).rowCount, 3)
  }),
)

test(
  'has a server of its own',
  databases.with(async ({ db }, t) => {
    t.is((await db.query('select from users')).rowCount, 2)
  }),
)
