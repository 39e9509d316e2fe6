import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'what is different in a fork is said',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const volume = await bench.directory(storage, 'source')
    const settings = {
      max_prepared_transactions: 10,
      archive_mode: 'on',
      archive_command: 'true',
      wal_level: 'logical',
    }
    const source = await bench.cluster({ directory: join(volume, 'main'), settings })
    await createTablespace(source, 'space', join(volume, 'space'))
    await source.query('CREATE DATABASE other')
    await source.query('CREATE TABLE accounts (id int PRIMARY KEY); INSERT INTO accounts VALUES (1)')
    return { source }
  },
  (bench) => {
    async function inOther(server: { readonly connection: object }, sql: string) {
      return query({ connection: { ...server.connection, database: 'other' } }, sql)
    }

    test('H26: unlogged tables, empty in the fork of a running source, are named, in every database and tablespace', async () => {
      const { source } = bench
      await source.query('CREATE UNLOGGED TABLE cache AS SELECT generate_series(1, 100) AS id')
      await source.query('CREATE SCHEMA "odd name"')
      await source.query('CREATE UNLOGGED TABLE "odd name"."Cache" TABLESPACE space AS SELECT 1 AS id')
      await inOther(source, 'CREATE UNLOGGED TABLE sessions AS SELECT 1 AS id')
      await inOther(source, 'CREATE TABLE logged AS SELECT 1 AS id')
      const expected = [
        { database: 'postgres', relation: 'public.cache' },
        { database: 'postgres', relation: '"odd name"."Cache"' },
        { database: 'other', relation: 'public.sessions' },
      ]
      {
        await using fork = await bench.fork(source, { driver: btrfs() })
        const reported = fork.verification?.unloggedRelations ?? []
        expect(reported).toHaveLength(3)
        expect(reported).toEqual(expect.arrayContaining(expected))
        expect(await query(fork, 'SELECT FROM cache UNION ALL SELECT FROM "odd name"."Cache"')).toEqual([])
        expect(await inOther(fork, 'SELECT FROM sessions')).toEqual([])
        expect(await inOther(fork, 'SELECT id FROM logged')).toEqual([{ id: 1 }])
        expect(fork.verification?.report).toMatch(
          /Unlogged tables, empty in the fork \(H26\):\n(.*\n)*? {2}- postgres: public.cache\n/,
        )
      }
      expect(await source.query('SELECT count(*)::int FROM cache')).toEqual([{ count: 100 }])

      // Of a cleanly stopped source nothing is recovered on its own timeline: they keep their rows, and nothing is said.
      await source.stop()
      try {
        await using kept = await bench.fork(source, { driver: btrfs(), timeline: 'keep' })
        expect(await query(kept, 'SELECT count(*)::int FROM cache')).toEqual([{ count: 100 }])
        expect(kept.verification?.unloggedRelations).toEqual([])
        await using fresh = await bench.fork(source, { driver: btrfs() })
        expect(await query(fresh, 'SELECT count(*)::int FROM cache')).toEqual([{ count: 0 }])
        expect(fresh.verification?.unloggedRelations).toHaveLength(3)
      } finally {
        await source.start()
      }
    })

    test('H27: prepared transactions come along with their locks and are named; rolled back on request, in every database', async () => {
      const { source } = bench
      await source.query(`CREATE ROLE clerk LOGIN; GRANT ALL ON accounts TO clerk`)
      const clerk = { connection: { ...source.connection, user: 'clerk' } }
      await query(clerk, `BEGIN; UPDATE accounts SET id = 2; PREPARE TRANSACTION 'it''s one'`)
      await inOther(source, `BEGIN; CREATE TABLE prepared (id int); PREPARE TRANSACTION 'two'`)
      const expected = [
        { database: 'postgres', identifier: "it's one", preparedAt: expect.any(Date) },
        { database: 'other', identifier: 'two', preparedAt: expect.any(Date) },
      ]
      const held = 'SELECT gid FROM pg_prepared_xacts ORDER BY prepared'
      const locked = `SET lock_timeout = '50ms'; UPDATE accounts SET id = 3`
      try {
        {
          await using fork = await bench.fork(source, { driver: btrfs() })
          expect(fork.verification).toMatchObject({ preparedTransactions: expected, werePreparedRolledBack: false })
          expect(fork.verification?.report).toContain(
            "Prepared transactions, which hold their locks (H27):\n  - postgres: it's one\n  - other: two\n",
          )
          expect(await query(fork, held)).toEqual([{ gid: "it's one" }, { gid: 'two' }])
          await expect(query(fork, locked)).rejects.toThrow('lock timeout')
          await query(fork, `COMMIT PREPARED 'it''s one'`)
          expect(await query(fork, 'SELECT id FROM accounts')).toEqual([{ id: 2 }])
        }
        {
          await using fork = await bench.fork(source, { driver: btrfs(), preparedTransactions: 'rollback' })
          expect(fork.verification).toMatchObject({ preparedTransactions: expected, werePreparedRolledBack: true })
          expect(fork.verification?.report).toContain('Prepared transactions, rolled back (H27):')
          expect(await query(fork, held)).toEqual([])
          expect(await inOther(fork, `SELECT FROM pg_class WHERE relname = 'prepared'`)).toEqual([])
          await query(fork, locked)
        }
        expect(await source.query(held)).toEqual([{ gid: "it's one" }, { gid: 'two' }])
      } finally {
        await source.query(`ROLLBACK PREPARED 'it''s one'`)
        await inOther(source, `ROLLBACK PREPARED 'two'`)
      }
    })

    test('the report tells a reader what was proved, changed, and where the fork begins', async () => {
      await using fork = await bench.fork(bench.source, { driver: btrfs() })
      const { report, checks, position, replacedSettings } = fork.verification ?? {}
      expect(report).toMatch(new RegExp(`^Fork ${fork.name}: begins at ${position}; captured at one instant`))
      for (const { name, found } of checks ?? []) expect(report).toContain(`  - ${name}: ${found}\n`)
      expect(replacedSettings).toEqual(
        expect.arrayContaining([
          { name: 'archive_mode', hazard: 'H20' },
          { name: 'archive_command', hazard: 'H20' },
          { name: 'port', hazard: 'H11' },
        ]),
      )
      expect(report).toContain('  - archive_mode (H20)\n')
      expect(report).not.toMatch(/undefined|\[object|null/)
    })
  },
)
