import { createTest } from '@pgfork/testing/vitest'
import { Kysely, Migrator, PostgresDialect } from 'kysely'
import pg from 'pg'
import { expect } from 'vitest'

const migrations = {
  '1-users': {
    up: (db) =>
      db.schema
        .createTable('users')
        .addColumn('id', 'serial', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull().unique())
        .execute(),
  },
}
const open = (pool) => new Kysely({ dialect: new PostgresDialect({ pool }) })

const test = createTest({
  name: 'kysely',
  key: String(migrations['1-users'].up),
  async setup({ connection }) {
    const db = open(new pg.Pool(connection))
    const { error } = await new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
    }).migrateToLatest()
    await db.destroy()
    if (error !== undefined) throw error
  },
})

test('the migrations have run', async ({ pool }) => {
  const db = open(pool)
  await db.insertInto('users').values({ name: 'Ada' }).execute()
  expect(await db.selectFrom('users').select('name').execute()).toEqual([{ name: 'Ada' }])
})
