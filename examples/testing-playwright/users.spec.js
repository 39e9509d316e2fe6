import { createDatabases } from '@pgfork/testing'
import { test as base, expect } from '@playwright/test'
import { template } from '../testing-schema/setup.js'

const test = base.extend({
  databases: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
    async ({}, use) => {
      const databases = createDatabases(template)
      await use(databases)
      await databases.close()
    },
    { scope: 'worker' },
  ],
  database: async ({ databases }, use, { title, status, expectedStatus }) => {
    const database = await databases.open()
    await use(database)
    await database.close({ name: title, failed: status !== expectedStatus })
  },
})

test('adds a user', async ({ database: { db } }) => {
  await db.query("insert into users (name) values ('Edsger')")
  expect((await db.query('select from users')).rowCount).toBe(3)
})

test('has a server of its own', async ({ database: { db } }) => {
  expect((await db.query('select from users')).rowCount).toBe(2)
})
