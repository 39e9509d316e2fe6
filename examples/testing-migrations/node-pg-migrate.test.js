import { createTest } from '@pgfork/testing/vitest'
import { runner } from 'node-pg-migrate'
import { expect } from 'vitest'

const dir = `${import.meta.dirname}/node-pg-migrate`
const test = createTest({
  name: 'node-pg-migrate',
  key: { files: '*', directory: dir },
  setup: ({ client }) =>
    runner({ dbClient: client, dir, direction: 'up', migrationsTable: 'migrations', log: () => {} }),
})

test('the migrations have run', async ({ db }) => {
  expect((await db.query('select name from users order by 1')).rows).toEqual([{ name: 'Ada' }, { name: 'Grace' }])
})
