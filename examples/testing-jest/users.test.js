import { createDatabases } from '@pgfork/testing'
import { template } from '../testing-schema/setup.js'

const databases = createDatabases(template)
afterAll(() => databases.close())

test(
  'adds a user',
  databases.with(async ({ db }) => {
    await db.query("insert into users (name) values ('Edsger')")
    expect((await db.query('select from users')).rowCount).toBe(3)
  }),
)

test(
  'has a server of its own',
  databases.with(async ({ db }) => {
    expect((await db.query('select from users')).rowCount).toBe(2)
  }),
)
