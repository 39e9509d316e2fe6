import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

const databases = ['postgres', 'elsewhere']
/** Of every kind of relation, at home and away, and of catalogs whose files are known by a map. */
const relations = [
  `CREATE TABLE home (id serial PRIMARY KEY, wide text); INSERT INTO home (wide)
     SELECT (SELECT string_agg(md5(id::text || part), '') FROM generate_series(1, 200) part) FROM generate_series(1, 50) id`,
  'CREATE TABLE away TABLESPACE space AS SELECT * FROM home; CREATE TABLE back TABLESPACE pg_default AS SELECT * FROM home',
  'CREATE INDEX ON away (id) TABLESPACE pg_default; CREATE INDEX ON back (id) TABLESPACE space',
  'CREATE MATERIALIZED VIEW seen AS SELECT id FROM home; CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY)',
  'CREATE TABLE parted (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)',
  `INSERT INTO parted VALUES (1); SELECT lo_from_bytea(0, 'large')`,
  ...['pg_class', 'pg_proc', 'pg_authid', 'home'].map((table) => `VACUUM (FULL) ${table}`),
]
// Not of free space, which recovery notes anew.
const sizes = `SELECT oid::regclass::text AS relation, ${['main', 'vm', 'init'].map((fork) => `pg_relation_size(oid, '${fork}') AS ${fork}`)}
  FROM pg_class WHERE relkind IN ('r', 'i', 't', 'm', 'S') ORDER BY oid`

await describeWorkbench(
  'a source with relations of every kind, in two tablespaces',
  ['btrfs'],
  async (bench) => {
    const volume = await bench.directory(await bench.storage('btrfs'), 'source')
    const settings = { autovacuum: 'off', max_prepared_transactions: 1 }
    const source = await bench.cluster({ directory: join(volume, 'main'), settings })
    await createTablespace(source, 'space', join(volume, 'space'))
    await source.query('CREATE DATABASE elsewhere TABLESPACE space')
    for (const database of databases) {
      const session = await source.client(database)
      for (const sql of relations) await session.query(sql)
      await session.end()
    }
    return { source }
  },
  (bench) => {
    const sizesIn = (server: { readonly connection: object }, database: string) =>
      query({ connection: { ...server.connection, database } }, sizes)

    test('H68: a fork that is prepared loses the files of what the source was just making, and no other', async () => {
      const { source } = bench
      const sessions = await Promise.all(databases.map((database) => source.client(database)))
      for (const session of sessions)
        await session.query('BEGIN; CREATE TABLE unfinished TABLESPACE space AS SELECT * FROM home')
      try {
        await using fork = await bench.fork(source, { driver: btrfs(), prepare: () => undefined })
        for (const database of databases) {
          const found = await sizesIn(fork, database)
          expect(found.length).toBeGreaterThan(200)
          expect(found).toEqual(await sizesIn(source, database))
        }
        const files = `SELECT name, (pg_stat_file(path || name)).size::int AS size
          FROM (SELECT path, pg_ls_dir(path) AS name FROM (
            SELECT format('pg_tblspc/%s/%s/%s/', spc.oid, pg_ls_dir('pg_tblspc/' || spc.oid), db.oid) AS path
              FROM pg_tablespace spc, pg_database db WHERE spcname = 'space' AND datname = current_database()) AS paths) AS files
          WHERE name ~ '^[0-9]+$' AND pg_filenode_relation((SELECT oid FROM pg_tablespace WHERE spcname = 'space'), name::oid) IS NULL`
        for (const database of databases) {
          const strays = await query<{ size: number }>({ connection: { ...fork.connection, database } }, files)
          expect(strays.length).toBeGreaterThan(0)
          expect(strays.filter(({ size }) => size > 0)).toEqual([])
        }
      } finally {
        for (const session of sessions) await session.end()
      }
    })

    test('H68: what a prepared transaction has made stays, and that is said', async () => {
      const { source } = bench
      await source.query(`BEGIN; CREATE TABLE promised AS SELECT * FROM home; PREPARE TRANSACTION 'promise'`)
      try {
        await using fork = await bench.fork(source, { driver: btrfs(), prepare: () => undefined })
        expect(fork.verification?.warnings).toContainEqual(expect.stringMatching(/prepared transactions \(H68\)/))
        await query(fork, `COMMIT PREPARED 'promise'`)
        expect(await query(fork, 'SELECT count(*)::int, min(length(wide)) FROM promised')).toEqual([
          { count: 50, min: 6400 },
        ])
      } finally {
        await source.query(`ROLLBACK PREPARED 'promise'`)
      }
    })
  },
)
