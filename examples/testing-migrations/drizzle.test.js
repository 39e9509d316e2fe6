import { createTest } from '@pgfork/testing/vitest'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { pgTable, serial, text } from 'drizzle-orm/pg-core'
import { expect } from 'vitest'

const migrationsFolder = `${import.meta.dirname}/drizzle`
const users = pgTable('users', { id: serial().primaryKey(), name: text().notNull() })
const test = createTest({
  name: 'drizzle',
  key: { files: '**/*', directory: migrationsFolder },
  setup: ({ client }) => migrate(drizzle(client), { migrationsFolder }),
})

test('the migrations have run', async ({ pool }) => {
  const db = drizzle(pool)
  await db.insert(users).values({ name: 'Edsger' })
  expect(await db.select().from(users)).toHaveLength(3)
})
