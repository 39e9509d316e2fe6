import { createTest } from '@pgfork/testing/vitest'
import knexClient from 'knex'
import { expect } from 'vitest'

const directory = `${import.meta.dirname}/knex`
const open = (connection) => knexClient({ client: 'pg', connection, migrations: { directory } })

const test = createTest({
  name: 'knex',
  key: { files: '*', directory },
  async setup({ connection }) {
    const knex = open(connection)
    try {
      await knex.migrate.latest()
    } finally {
      await knex.destroy()
    }
  },
})

test('the migrations have run', async ({ connection }) => {
  const knex = open(connection)
  try {
    await knex('users').insert({ name: 'Ada' })
    expect(await knex('users').select('name')).toEqual([{ name: 'Ada' }])
  } finally {
    await knex.destroy()
  }
})
