import type { CallerContext } from '@pgfork/core'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    const { source } = bench
    await source.query('CREATE ROLE keeper LOGIN')
    for (const database of ['shop', 'office']) await source.query(`CREATE DATABASE ${database} OWNER keeper`)
    await source.query('ALTER DATABASE shop SET search_path = app, public')
    const keeper = { connection: { ...source.connection, user: 'keeper', database: 'shop' } }
    await query(keeper, `CREATE SCHEMA app; CREATE TABLE app.users AS SELECT 1 AS id, 'Ada' AS name`)
  })

  const nameOf = async (server: { readonly connection: object }) => {
    const shop = { connection: { ...server.connection, database: 'shop' } }
    return (await query<{ name: string }>(shop, 'SELECT name FROM users'))[0]?.name
  }

  test('prepare and verify work in the database of the fork, with its settings, and reach the others', async () => {
    const seen: string[] = []
    const where = async (client: pg.Client) => {
      const { rows } = await client.query<{ place: string }>(
        `SELECT format('%s %s %s', current_database(), session_user, current_setting('work_mem')) AS place`,
      )
      seen.push(rows[0]?.place ?? '')
    }
    await using fork = await bench.fork({
      database: 'shop',
      async prepare(client, { connect }) {
        await client.query(`SET work_mem = '9MB'; UPDATE users SET name = 'masked'`)
        await where(client)
        await where(await connect({ database: 'office' }))
        const keeper = await connect({ user: 'keeper' })
        await where(keeper)
        await keeper.query(`UPDATE users SET name = name || ' twice'`)
      },
      async verify(client, { connect }) {
        await where(client)
        await where(await connect({ database: 'office', user: 'keeper' }))
      },
    })
    expect(seen).toEqual([
      'shop postgres 9MB',
      'office postgres 4MB',
      'shop keeper 4MB',
      'shop postgres 4MB',
      'office keeper 4MB',
    ])
    expect(await nameOf(fork)).toBe('masked twice')
    await fork.reset()
    expect(await nameOf(fork)).toBe('masked twice')
  })

  test('H29: while a role is let in to prepare, others are not', async () => {
    const errors: unknown[] = []
    await using fork = await bench.fork({
      async prepare(client, { connect }) {
        await connect({ user: 'keeper' })
        const { host, port } = client
        const other = new pg.Client({ host, port, user: 'clerk', database: 'postgres' })
        errors.push(await other.connect().catch((error: unknown) => error))
      },
    })
    expect(errors).toEqual([expect.objectContaining({ code: '28000' })])
    await fork.stop()
  })

  const mask = `UPDATE users SET name = 'masked'`
  test.each<[string, (client: pg.Client, context: CallerContext) => Promise<unknown>, RegExp]>([
    ['its client', (client) => client.query(`BEGIN; ${mask}`), /open transaction.*COMMIT/],
    [
      'a client that it asked for',
      async (_, { connect }) => (await connect({ user: 'keeper' })).query(`BEGIN; ${mask}`),
      /open transaction.*COMMIT/,
    ],
    [
      'a client that it has ended',
      async (client) => {
        await client.query(`BEGIN; ${mask}`)
        await client.end()
      },
      /open transaction.*COMMIT/,
    ],
    [
      'a client whose statements it did not await',
      async (client) => {
        void client.query(`BEGIN; ${mask} WHERE pg_sleep(0.2) IS NOT NULL`)
      },
      /open transaction.*await/,
    ],
    [
      'a failed transaction',
      async (client) => {
        await client.query(`BEGIN; ${mask}`)
        await client.query('SELECT 1 / 0').catch(() => undefined)
      },
      /failed transaction/,
    ],
    [
      'a client of its own making',
      async ({ host, port }) => {
        const own = new pg.Client({ host, port, user: 'postgres', database: 'shop' })
        own.on('error', () => undefined)
        await own.connect()
        await own.query(`BEGIN; ${mask}`)
      },
      /open transaction.*COMMIT/,
    ],
  ])('H68: a prepare that ends inside a transaction of %s fails', async (_, prepare, message) => {
    const made = bench.fork({ database: 'shop', prepare })
    await expect(made).rejects.toMatchObject({ code: 'PREPARE_FAILED', step: 'prepare', facts: { database: 'shop' } })
    await expect(made).rejects.toThrow(message)
    await expectNothingLeft(bench)
  })

  test('a client that prepare ends, breaks or leaves open is no harm, and what it had not awaited is waited for', async () => {
    let late: unknown
    let left: CallerContext | undefined
    await using fork = await bench.fork({
      database: 'shop',
      async prepare(client, context) {
        left = context
        const broken = await context.connect()
        await broken.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined)
        const open = await context.connect()
        void open.query(`UPDATE users SET name = 'late' WHERE pg_sleep(0.3) IS NOT NULL`)
        await client.end()
      },
      verify: async (client) => {
        late = (await client.query('SELECT name FROM users')).rows[0]?.name
      },
    })
    expect(late).toBe('late')
    expect(await query(fork, `SELECT FROM pg_stat_activity WHERE application_name = 'pgfork'`)).toEqual([])
    await expect(left?.connect()).rejects.toThrow('has ended')
  })
})
