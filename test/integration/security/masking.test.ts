import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { createFork, createSnapshot, type Prepare, rewriteTables, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { type MajorVersion, testedVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

/** In every value that must not be found again. */
const marker = `secret${randomBytes(4).toString('hex')}`

/** Files of a directory that hold it, as they are named there without what is random. */
async function findSecret(directory: string): Promise<string[]> {
  const words = ['-rlaF', marker, directory]
  const { stdout } = await runner.run('grep', words).catch((error: unknown) => {
    // None is an exit status of 1.
    if ((error as { exitCode?: number }).exitCode === 1) return { stdout: '' }
    throw error
  })
  return stdout
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => relative(directory, path))
}

const fill = `
  CREATE TABLE users (id int PRIMARY KEY, email text, notes text, dropped text, "when" timestamptz DEFAULT now());
  ALTER TABLE users ALTER notes SET STORAGE EXTERNAL;
  INSERT INTO users SELECT id, '${marker}' || id % 10, repeat('${marker} ', 500), '${marker}' FROM generate_series(1, 2000) id;
  CREATE INDEX ON users (email);
  CREATE INDEX ON users ((email || '!'));
  CREATE STATISTICS correlated (dependencies) ON email, dropped FROM users;
  CREATE TABLE emptied AS SELECT '${marker}'::text AS name FROM generate_series(1, 100);
  CREATE TABLE measured (at int, what text) PARTITION BY RANGE (at);
  CREATE TABLE measured_first PARTITION OF measured FOR VALUES FROM (0) TO (1000);
  INSERT INTO measured SELECT id, '${marker}' FROM generate_series(1, 500) id;
  CREATE MATERIALIZED VIEW emails AS SELECT email FROM users;
  SELECT lo_from_bytea(4711, '${marker}');
  CREATE FOREIGN DATA WRAPPER far; CREATE SERVER far FOREIGN DATA WRAPPER far;
  CREATE USER MAPPING FOR postgres SERVER far OPTIONS (password '${marker}');
  CREATE SUBSCRIPTION far CONNECTION 'password=${marker}' PUBLICATION far WITH (connect = false);
  ANALYZE; CHECKPOINT`

async function mask(client: pg.Client): Promise<void> {
  await client.query(`UPDATE users SET email = 'user' || id, notes = 'masked'; ALTER TABLE users DROP COLUMN dropped`)
  await client.query(`DELETE FROM emptied; UPDATE measured SET what = 'masked'; REFRESH MATERIALIZED VIEW emails`)
  await client.query('SELECT lo_unlink(4711); DROP USER MAPPING FOR postgres SERVER far')
}

const rewriting = async (client: pg.Client): Promise<void> => {
  await mask(client)
  await rewriteTables(client)
}

/** The oldest keeps its WAL in other ways. */
const versions: readonly MajorVersion[] = [
  ...new Set<MajorVersion>(byExtent([testedVersion()], [testedVersion(), '10'])),
]

for (const version of versions)
  await describeWorkbench(
    `PostgreSQL ${version}: a source full of what is personal`,
    ['btrfs'],
    async (bench) => {
      const storage = await bench.storage('btrfs', 4000)
      const source = await bench.cluster({
        directory: join(await bench.directory(storage, 'source'), 'main'),
        version,
        settings: {
          ...{ logging_collector: 'on', log_directory: 'pg_log', log_statement: 'all', max_wal_size: '128MB' },
          max_prepared_transactions: 1,
        },
      })
      await source.query(fill)
      // Segments that were recycled hold old WAL until they are written again.
      for (let segment = 0; segment < 6; segment++)
        await source.query(`UPDATE users SET notes = notes || '.'; SELECT pg_switch_wal()`)
      await source.query('CHECKPOINT')
      await writeFile(join(source.dataDirectory, 'core.4711'), marker)
      await mkdir(join(source.dataDirectory, 'dumps'))
      for (const name of ['core.4711', 'dumps']) await giveToServerUser(join(source.dataDirectory, name))
      return { source }
    },
    (bench) => {
      /** A fork that was prepared, and one of a snapshot of it. */
      async function forkOfMasked({ driver, prepare }: { driver: SnapshotDriver; prepare: Prepare }) {
        const common = { ...bench.options, driver }
        const masked = await bench.fork(bench.source, { ...common, prepare })
        const snapshot = await createSnapshot({ ...common, source: masked, name: 'masked' })
        const fork = await createFork({ ...common, source: snapshot })
        const destroy = async () => {
          for (const one of [fork, snapshot, masked]) await one.destroy()
        }
        return { masked, fork, [Symbol.asyncDispose]: destroy }
      }

      test('H68: after an UPDATE alone it is still in tables, statistics and WAL; the log does not come along', async () => {
        const kinds = (files: readonly string[]) => new Set(files.map((file) => file.replace(/\/.*/s, '')))
        const inSource = kinds(await findSecret(bench.source.dataDirectory))
        expect(inSource).toEqual(new Set(['base', 'global', 'pg_wal', 'pg_log', 'core.4711']))
        await using found = await forkOfMasked({ driver: btrfs(), prepare: mask })
        expect(kinds(await findSecret(found.fork.dataDirectory))).toEqual(new Set(['base', 'global', 'pg_wal']))
      })

      test.each(byExtent([btrfs()], [btrfs(), copy()]))(
        'H68: after rewriteTables it is in no file, nor of forks of the masked one: $name',
        async (driver) => {
          await using found = await forkOfMasked({ driver, prepare: rewriting })
          const { masked, fork } = found
          for (const one of [masked, fork]) expect(await findSecret(one.dataDirectory)).toEqual([])
          expect(await query(fork, 'SELECT count(*)::int, min(notes) AS notes FROM users')).toEqual([
            { count: 2000, notes: 'masked' },
          ])
          expect(
            await query(fork, `SELECT FROM pg_stats WHERE tablename = 'users' AND attname = 'email'`),
          ).toHaveLength(1)
          expect(masked.verification?.warnings).toContainEqual(
            expect.stringMatching(/isn't PostgreSQL's.*: dumps\..*H68/),
          )
        },
      )

      test('H68: tables by their names, with partitions: the others are as they were', async () => {
        await using fork = await bench.fork(bench.source, {
          driver: btrfs(),
          async prepare(client) {
            await client.query(`UPDATE measured SET what = 'masked'`)
            await rewriteTables(client, { tables: ['measured'] })
            await expect(rewriteTables(client, { tables: ['nowhere'] })).rejects.toMatchObject({
              code: 'INVALID_OPTION',
            })
          },
        })
        const path = (table: string) => ({ sql: 'SELECT pg_relation_filepath($1::regclass) AS path', values: [table] })
        for (const table of ['users', 'measured_first']) {
          const { sql, values } = path(table)
          const isSame = (await query(fork, sql, values))[0]?.path === (await bench.source.query(sql, values))[0]?.path
          expect(isSame).toBe(table === 'users')
        }
        expect(
          await query(
            fork,
            `SELECT FROM pg_statistic WHERE starelid = 'measured'::regclass AND pg_statistic::text LIKE '%${marker}%'`,
          ),
        ).toEqual([])
      })

      test('H68: large objects, whatever search_path leads to; the server of a foreign partition is not asked', async () => {
        await using fork = await bench.fork(bench.source, {
          driver: btrfs(),
          async prepare(client) {
            // Who asks that server fails: it has no handler.
            await client.query(`CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
              CREATE TABLE public.parted (id int) PARTITION BY LIST (id);
              CREATE FOREIGN TABLE public.parted_far PARTITION OF public.parted FOR VALUES IN (1) SERVER elsewhere;
              CREATE TABLE public.parent (id int); CREATE FOREIGN TABLE public.child () INHERITS (public.parent) SERVER elsewhere`)
            await client.query(
              'CREATE SCHEMA evil; CREATE TABLE evil.pg_largeobject (); SET search_path = evil, pg_catalog, public',
            )
            await rewriteTables(client)
          },
        })
        const file = `SELECT pg_relation_filenode('pg_catalog.pg_largeobject') AS node`
        expect(await query(fork, file)).not.toEqual(await bench.source.query(file))
      })

      test('H68: nor is it in statistics of a temporary table of the source, or of a view that was emptied', async () => {
        const session = await bench.source.client()
        try {
          await session.query(`CREATE TEMP TABLE scratch AS SELECT '${marker}'::text AS name FROM generate_series(1, 100);
            ANALYZE scratch`)
          await using fork = await bench.fork(bench.source, {
            driver: btrfs(),
            async prepare(client) {
              await mask(client)
              await client.query('REFRESH MATERIALIZED VIEW emails WITH NO DATA')
              await rewriteTables(client)
            },
          })
          expect(await findSecret(fork.dataDirectory)).toEqual([])
        } finally {
          await session.end()
        }
      })

      test('H68: nor is it in the file of a table that the source was just making', async () => {
        const { source } = bench
        const session = await source.client()
        try {
          await session.query(
            `BEGIN; CREATE TABLE unfinished AS SELECT '${marker}'::text AS name FROM generate_series(1, 1000)`,
          )
          for (const isOnDisk of [false, true]) {
            if (isOnDisk) await source.query('CHECKPOINT')
            await using fork = await bench.fork(source, { driver: btrfs(), checkpoint: false, prepare: rewriting })
            expect(await findSecret(fork.dataDirectory)).toEqual([])
            await query(fork, 'CREATE TABLE finished AS SELECT 1 AS one; CHECKPOINT')
            expect(await query(fork, 'SELECT one FROM finished')).toEqual([{ one: 1 }])
            await fork.stop()
            expect(await findSecret(fork.dataDirectory)).toEqual([])
          }
        } finally {
          await session.end()
        }
      })

      test('H68: who may still see statistics that are deleted is waited for, too', async () => {
        const told: unknown[] = []
        await using fork = await bench.fork(bench.source, {
          driver: btrfs(),
          async prepare(client, { connect }) {
            const reader = await connect()
            let isReading = false
            const query = async (...[sql, values]: [string, unknown[]?]) => {
              if (/delete from pg_statistic\b/.test(sql) && !isReading) {
                isReading = true
                await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM users')
              }
              return client.query(sql, values)
            }
            const watched = { query } as unknown as pg.Client
            told.push(await rewriteTables(watched, { tables: ['emptied'], timeoutMs: 300 }).catch(String))
            await reader.query('ROLLBACK')
          },
        })
        expect(told).toEqual([expect.stringMatching(/client backend \d+/)])
        await fork.stop()
      })

      test('H68: what may still see old rows, or keeps the WAL, is told', async () => {
        const errors: unknown[] = []
        const attempt = async (client: pg.Client) =>
          errors.push(
            await rewriteTables(client, { tables: ['emptied'], timeoutMs: 300 }).catch((error: unknown) => error),
          )
        await using fork = await bench.fork(bench.source, {
          driver: btrfs(),
          async prepare(client, { connect }) {
            const reader = await connect()
            await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM emptied')
            await client.query('DELETE FROM emptied')
            await attempt(client)
            await reader.query(`CREATE TABLE other (); PREPARE TRANSACTION 'mine'`)
            await attempt(client)
            await reader.query(`ROLLBACK PREPARED 'mine'`)
            await reader.query(`SELECT pg_create_physical_replication_slot('slot', true)`)
            await attempt(client)
            await reader.query(`SELECT pg_drop_replication_slot('slot')`)
            await attempt(client)
          },
        })
        expect(errors).toEqual([
          expect.objectContaining({ code: 'PREPARE_FAILED', message: expect.stringMatching(/client backend \d+/) }),
          expect.objectContaining({
            code: 'PREPARE_FAILED',
            message: expect.stringMatching(/prepared transaction mine/),
          }),
          expect.objectContaining({ code: 'PREPARE_FAILED', message: expect.stringMatching(/old files of its WAL/) }),
          undefined,
        ])
        expect(await query(fork, 'SHOW search_path')).toEqual([{ search_path: '"$user", public' }])
      })
    },
  )
