import process from 'node:process'
import {
  describeHistory,
  type ListChangesOptions,
  listChanges,
  removeHistory,
  type TransactionChanges,
} from '@pgfork/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { recordInTurn } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent(['18'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

for (const version of versions)
  await describeOn('btrfs', { version, settings: { autovacuum: 'off', max_prepared_transactions: 5 } }, (bench) => {
    const request = () => ({ source: bench.source.dataDirectory, ...bench.options })
    let from = ''

    async function list(options: Partial<ListChangesOptions> = {}): Promise<TransactionChanges[]> {
      const found: TransactionChanges[] = []
      for await (const change of listChanges({ ...request(), from, ...options })) found.push(change)
      return found
    }

    const location = async (): Promise<string> => {
      const [row] = await bench.source.query<{ location: string }>(
        'SELECT pg_current_wal_insert_lsn()::text AS location',
      )
      return row?.location ?? ''
    }

    beforeAll(async () => {
      const { source } = bench
      await source.query('CREATE TABLE orders (id int PRIMARY KEY, note text); CREATE TABLE other (id int)')
      await source.query('CREATE DATABASE shop')
      await recordInTurn(request())
      await source.query('SELECT pg_switch_wal()')
    })

    afterAll(() => removeHistory(request()))

    const numbersOf = (changes: readonly TransactionChanges[]) =>
      changes.map(({ database, tables }) => [
        database,
        ...tables.map(({ name, inserted, updated, deleted }) => [name, inserted, updated, deleted]),
      ])

    test(`PostgreSQL ${version}: rows of each table, in the order of commits; nothing of what was rolled back`, async () => {
      const { source } = bench
      from = await location()
      await source.query(`INSERT INTO orders SELECT generate_series(1, 100), 'x'`)
      await source.query('UPDATE orders SET note = id WHERE id <= 30; INSERT INTO other VALUES (1), (2)')
      await source.query('BEGIN; DELETE FROM orders; ROLLBACK')
      await source.query(
        'BEGIN; DELETE FROM orders WHERE id <= 5; SAVEPOINT a; DELETE FROM orders WHERE id <= 50; ROLLBACK TO a; ' +
          'SAVEPOINT b; DELETE FROM orders WHERE id = 99; RELEASE b; COMMIT',
      )
      await source.query("COPY other FROM PROGRAM 'seq 1000'")
      await source.query("BEGIN; INSERT INTO other VALUES (7); PREPARE TRANSACTION 'later'")
      await source.query("COMMIT PREPARED 'later'")
      const shop = await source.client('shop')
      await shop.query('CREATE TABLE goods AS SELECT generate_series(1, 7) AS id')
      await shop.end()
      const changes = await list()
      expect(numbersOf(changes)).toEqual([
        ['postgres', ['public.orders', 100, 0, 0]],
        ['postgres', ['public.orders', 0, 30, 0], ['public.other', 2, 0, 0]],
        ['postgres', ['public.orders', 0, 0, 6]],
        ['postgres', ['public.other', 1000, 0, 0]],
        ['postgres', ['public.other', 1, 0, 0]],
        ['shop', ['public.goods', 7, 0, 0]],
      ])
      expect(changes.every(({ removed, removal }) => removed.length === 0 && removal === undefined)).toBe(true)
      expect(numbersOf(await list({ atLeast: 1000 }))).toEqual([['postgres', ['public.other', 1000, 0, 0]]])
      // In parts, by location and by time.
      const [, second, third] = changes
      expect(await list({ from: second?.location ?? '', to: third?.location ?? '' })).toEqual([second])
      expect(await list({ from: second?.time ?? '', to: third?.time ?? '' })).toEqual([second])
    })

    test(`PostgreSQL ${version}: what is dropped, truncated or rewritten, and the moment before it`, async () => {
      const { source } = bench
      await source.query('CREATE TABLE precious AS SELECT 1 AS id')
      from = await location()
      await source.query('TRUNCATE other')
      await source.query('DROP TABLE precious')
      await source.query('BEGIN; DROP TABLE orders; ROLLBACK')
      await source.query('CREATE TABLE precious AS SELECT 2 AS id')
      await source.query('TRUNCATE precious; DROP TABLE other')
      const changes = await list({ atLeast: 1000 })
      expect(changes.map(({ removal, removed }) => [removal, removed.length])).toEqual([
        ['rewritten', 1],
        ['dropped', 1],
        ['dropped or rewritten', 2],
      ])
      const { transaction, removed } = changes[1] as TransactionChanges
      expect(removed[0]?.name).toBeUndefined()
      await using fork = await bench.fork({ at: { before: transaction } })
      const named = await query(fork, 'SELECT pg_filenode_relation(0, $1)::regclass::text AS name', [removed[0]?.file])
      expect(named).toEqual([{ name: 'precious' }])
      // Before the first one, and after the second, others had these files.
      const told = await list({ atLeast: 1000, namesFrom: fork })
      expect(told.map(({ removed: files }) => files.map(({ name }) => name).sort())).toEqual([
        [undefined],
        ['public.precious'],
        ['public.other', undefined],
      ])
      expect(await query(fork, 'SELECT id FROM precious')).toEqual([{ id: 1 }])
    })

    test(`PostgreSQL ${version}: many transactions, and behind a gap`, async () => {
      const { source } = bench
      await source.query('CREATE TABLE many (id int)')
      from = await location()
      const client = await source.client()
      for (let id = 1; id <= 1200; id++) await client.query('INSERT INTO many VALUES ($1)', [id])
      await client.end()
      expect(await list()).toHaveLength(1200)
      const { commits } = await describeHistory({ ...request(), countCommits: true })
      const counted = commits?.minutes.reduce((sum, { commits: count }) => sum + count, 0)
      expect(counted).toBeGreaterThanOrEqual(1200)
      expect(counted).toBeLessThan(1400)
      expect(Date.now() - (commits?.from?.getTime() ?? 0)).toBeLessThan(600_000)
      expect((await describeHistory(request())).commits).toBeUndefined()
      for await (const { tables } of listChanges({ ...request(), from })) {
        expect(tables[0]?.name).toBe('public.many')
        break
      }
      for (let round = 0; round < 2; round++)
        await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
      await recordInTurn(request())
      await source.query('INSERT INTO many VALUES (0)')
      const { gaps } = await describeHistory(request())
      expect(gaps).toHaveLength(1)
      expect(numbersOf(await list({ from: gaps[0]?.to.location ?? '' }))).toEqual([
        ['postgres', ['public.many', 1, 0, 0]],
      ])
      await source.stop()
      expect(numbersOf(await list({ from: gaps[0]?.to.location ?? '' }))).toEqual([[undefined, [undefined, 1, 0, 0]]])
      await source.start()
    })

    test(`H105, PostgreSQL ${version}: a transaction that began before the WAL that is read is told, and that it may have done more`, async () => {
      const { source } = bench
      await source.query('CREATE TABLE old AS SELECT generate_series(1, 1000) AS id; CREATE TABLE few (id int)')
      const [one, two] = [await source.client(), await source.client()]
      await one.query('BEGIN; DELETE FROM old WHERE id <= 900')
      await two.query('BEGIN; DELETE FROM old WHERE id > 900; INSERT INTO few VALUES (1)')
      await source.query('CHECKPOINT')
      await recordInTurn(request())
      from = await location()
      await two.query('INSERT INTO few VALUES (2)')
      for (const client of [two, one]) {
        await client.query('COMMIT')
        await client.end()
      }
      await source.query('INSERT INTO few VALUES (3), (4)')
      const changes = await list({ atLeast: 2 })
      expect(changes.map(({ isPartial }) => isPartial)).toEqual([true, true, false])
      expect(numbersOf(changes)).toEqual([
        ['postgres', ['public.few', 1, 0, 0]],
        [undefined],
        ['postgres', ['public.few', 2, 0, 0]],
      ])
    })

    test(`H105, PostgreSQL ${version}: a transaction that was prepared before the source was stopped and recorded`, async () => {
      const { source } = bench
      await source.query("BEGIN; INSERT INTO few VALUES (5), (6); PREPARE TRANSACTION 'stopped'")
      await source.stop()
      await recordInTurn(request())
      await source.start()
      from = await location()
      await source.query("COMMIT PREPARED 'stopped'")
      await source.query('INSERT INTO few VALUES (7)')
      expect((await list({ atLeast: 2 })).map(({ isPartial }) => isPartial)).toEqual([true])
      expect((await list()).map(({ isPartial }) => isPartial)).toEqual([true, false])
    })

    test(`H105, PostgreSQL ${version}: tables of the system in other files, rows that were taken back, and large objects`, async () => {
      const { source } = bench
      await source.query('CREATE TABLE going AS SELECT 1 AS id')
      const tables = ['pg_class', 'pg_attribute', 'pg_authid', 'pg_database']
      for (const table of tables) await source.query(`VACUUM FULL ${table}`)
      await source.query(
        `CREATE TABLE keyed (key text);
         CREATE FUNCTION waiting(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
         DECLARE call int := coalesce(nullif(current_setting('attack.call', true), ''), '0')::int + 1;
         BEGIN
           PERFORM set_config('attack.call', call::text, false), pg_advisory_lock_shared(call);
           RETURN $1;
         END $$;
         CREATE UNIQUE INDEX ON keyed (waiting(key))`,
      )
      from = await location()
      await source.query('CREATE TABLE made (id int)')
      await source.query('CREATE ROLE made; ALTER ROLE made CONNECTION LIMIT 1')
      await source.query('BEGIN; DROP TABLE going; CREATE TABLE going (id int); COMMIT')
      await source.query("SELECT lo_create(77); SELECT lo_put(77, 0, 'abc')")
      await source.query('SELECT lo_unlink(77)')
      const changes = await list()
      expect(changes.map(({ removal }) => removal)).toEqual(['dropped or rewritten', undefined, undefined])
      expect(numbersOf(changes)).toEqual([
        ['postgres'],
        ['postgres', ['pg_largeobject', 1, 0, 0]],
        ['postgres', ['pg_largeobject', 0, 0, 1]],
      ])

      from = await location()
      const clients = [await source.client(), await source.client(), await source.client()] as const
      const [holder, ...racers] = clients
      const waiting = (call: number) => async () => {
        const rows = await source.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = ${call} AND NOT granted`,
        )
        return rows.length === racers.length
      }
      await holder.query('SELECT pg_advisory_lock(1), pg_advisory_lock(2)')
      const both = Promise.all(
        racers.map((racer) => racer.query("INSERT INTO keyed VALUES ('x') ON CONFLICT DO NOTHING")),
      )
      // Both look for the row, and then both have put it into the table before the index tells which one was first.
      for (const call of [1, 2]) {
        await waitUntil(waiting(call), { timeoutMs: 30_000, what: `two that wait at call ${call}` })
        await holder.query(`SELECT pg_advisory_unlock(${call})`)
      }
      await both
      for (const client of clients) await client.end()
      expect(numbersOf(await list())).toEqual([['postgres', ['public.keyed', 1, 0, 0]]])
    })

    test(`H106, PostgreSQL ${version}: a role's message in the WAL takes no memory of those who read it`, async () => {
      const { source } = bench
      await source.query('CREATE ROLE nobody')
      await recordInTurn(request())
      from = await location()
      const megabytes = 128
      await source.query(
        `SET ROLE nobody; SELECT pg_logical_emit_message(false, 'x', repeat('x', ${megabytes} * 1024 * 1024))::text`,
      )
      await source.query('CREATE TABLE behind AS SELECT 1 AS id')
      const before = process.memoryUsage().arrayBuffers
      let most = before
      const timer = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers)
      }, 5)
      expect(numbersOf(await list())).toEqual([['postgres', ['public.behind', 1, 0, 0]]])
      clearInterval(timer)
      expect((most - before) / 1024 / 1024).toBeLessThan(megabytes / 2)
    })

    test(`H69: PostgreSQL ${version}: no session stays in a database whose changes are told`, async () => {
      const { source } = bench
      const databases = ['first', 'second', 'third']
      for (const database of databases) await source.query(`CREATE DATABASE ${database}`)
      // Until 14 that makes a checkpoint.
      await recordInTurn(request())
      from = await location()
      for (const database of databases) {
        const client = await source.client(database)
        await client.query('CREATE TABLE goods AS SELECT 1 AS id')
        await client.end()
      }
      const told: TransactionChanges['database'][] = []
      for await (const { database, tables } of listChanges({ ...request(), from })) {
        expect(tables.map(({ name }) => name)).toEqual(['public.goods'])
        told.push(database)
        await source.query(`DROP DATABASE ${database}`)
      }
      expect(told).toEqual(databases)
    })
  })
