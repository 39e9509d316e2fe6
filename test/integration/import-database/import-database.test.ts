import { existsSync } from 'node:fs'
import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  collectGarbage,
  createFork,
  type ImportDatabaseOptions,
  importDatabase,
  listImports,
  openImport,
} from '@pgfork/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTablespace, letIn } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const password = 'of:the\\reader'

await describeOn('btrfs', { settings: { work_mem: '6MB', wal_level: 'logical' } }, (bench) => {
  const url = () => `postgresql://reader:${encodeURIComponent(password)}@127.0.0.1:${bench.source.port}/postgres`
  const make = (name: string, more: Partial<ImportDatabaseOptions> = {}) =>
    importDatabase({
      ...bench.options,
      ...{ name, from: url(), directory: join(bench.storage.path, name), binDirectory: bench.source.binDirectory },
      owner: 'postgres',
      ...more,
    })
  const prepare = async () => {
    const { source } = bench
    if ((await source.query(`SELECT FROM pg_database WHERE datname = 'shop'`)).length > 0) return
    await source.query(`CREATE ROLE reader LOGIN PASSWORD '${password}' IN ROLE pg_read_all_data`)
    await source.query(`CREATE ROLE owner_of_it NOLOGIN`)
    await source.query('CREATE DATABASE shop OWNER owner_of_it')
    await letIn(source, ['host all reader 127.0.0.1/32 md5'])
    const client = await source.client('shop')
    await client.query(`CREATE TABLE orders AS SELECT id, 'order ' || id AS text FROM generate_series(1, 5000) id`)
    await client.query('ALTER TABLE orders OWNER TO owner_of_it')
    await client.query(
      `CREATE SUBSCRIPTION nightly CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)`,
    )
    await client.end()
  }
  const timelines = () => join(bench.options.stateDirectory, 'timelines')
  let lasting: string[]
  beforeAll(async () => {
    lasting = await readdir(timelines())
  })
  // Each import is a cluster of its own, of which one stays, empty, for its next fork.
  afterAll(async () => {
    for (const name of await readdir(timelines())) if (!lasting.includes(name)) await rmdir(join(timelines(), name))
  })

  const inShop = <Row extends object>(fork: { connection: object }, sql: string) =>
    query<Row & Record<string, unknown>>({ connection: { ...fork.connection, database: 'shop' } }, sql)

  test('H93: it is imported with owners, forked, refreshed beside its forks, and removed', async () => {
    const { source } = bench
    await prepare()
    // Only a superuser's dump has subscriptions.
    await source.query('ALTER ROLE reader SUPERUSER')
    const making = new AbortController()
    const imported = await make('shop', { keep: 2, jobs: 2, signal: making.signal })
    // It was for the making.
    making.abort()
    try {
      await using fork = await createFork({ source: imported, ...bench.options })
      expect(
        await inShop(
          fork,
          "SELECT count(*)::int, tableowner FROM orders, pg_tables WHERE tablename = 'orders' GROUP BY 2",
        ),
      ).toEqual([{ count: 5000, tableowner: 'owner_of_it' }])
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '6MB' }])
      // Nothing in it would take what is meant for another server.
      expect(await query(fork, 'SELECT FROM pg_subscription')).toEqual([])
      expect(await query(fork, `SELECT rolpassword FROM pg_authid WHERE rolname = 'reader'`)).toEqual([
        { rolpassword: null },
      ])
      expect((await query(fork, `SELECT rolsuper FROM pg_roles WHERE rolname = 'postgres'`))[0]).toEqual({
        rolsuper: true,
      })

      const client = await source.client('shop')
      await client.query('DELETE FROM orders WHERE id > 10')
      await client.end()
      const same = await openImport('shop', bench.options)
      await same.refresh()
      await using later = await createFork({ source: imported, ...bench.options })
      expect(await inShop(later, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 10 }])
      expect(await inShop(fork, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 5000 }])
      expect((await same.generations()).map(({ number }) => number)).toEqual([2, 1])
      await same.refresh()
      expect((await same.generations()).map(({ number }) => number)).toEqual([3, 2])
      expect((await readdir(imported.directory)).filter((name) => name !== '.pgfork')).toEqual(['2', '3', 'passfile'])
      // Whoever started a server of it by hand would let nobody in but by password (H29).
      const [generation] = await same.generations()
      const rules = await readFile(join(generation?.dataDirectory ?? '', 'pg_hba.conf'), 'utf8')
      expect(rules).toMatch(/^local all all reject$/m)
      expect(rules).not.toContain('trust')
      await fork.reset()
      expect(await inShop(fork, 'SELECT count(*)::int FROM orders')).toEqual([{ count: 5000 }])
    } finally {
      await imported.destroy()
      await source.query('ALTER ROLE reader NOSUPERUSER')
    }
    expect(existsSync(imported.directory)).toBe(false)
    expect(await listImports(bench.options)).toEqual([])
  })

  test('H93: an import that fails or is given up half way leaves nothing, and a refresh leaves what there was', async () => {
    await prepare()
    for (const step of ['dump', 'ready'])
      await expect(
        make('given-up', {
          databases: ['shop'],
          onProgress(event) {
            if (event.step === step && event.status === 'started') throw new Error('given up')
          },
        }),
        step,
      ).rejects.toThrow('given up')
    expect(existsSync(join(bench.storage.path, 'given-up'))).toBe(false)
    const imported = await make('kept', { databases: ['shop'] })
    try {
      const failing = await openImport('kept', {
        ...bench.options,
        onProgress(event) {
          if (event.step === 'restore' && event.status === 'started') throw new Error('given up')
        },
      })
      await expect(failing.refresh()).rejects.toThrow('given up')
      expect((await imported.generations()).map(({ number }) => number)).toEqual([1])
      expect(await readdir(imported.directory)).toEqual(['1', 'passfile'])
      await using fork = await createFork({ source: imported, ...bench.options })
      expect((await inShop(fork, 'SELECT FROM orders')).length).toBeGreaterThan(0)
    } finally {
      await imported.destroy()
    }
    expect(await collectGarbage(bench.options)).toEqual([])
  })

  test('H93: a role there that is called like the superuser here is neither him nor what he may', async () => {
    const { source } = bench
    await prepare()
    const imported = await make('named', { databases: ['shop'] })
    await source.query(`CREATE ROLE pgfork_import; CREATE ROLE member LOGIN IN ROLE pgfork_import;
      COMMENT ON ROLE member IS 'of these\n\\two'`)
    try {
      await imported.refresh()
      await using fork = await createFork({ source: imported, ...bench.options })
      expect(
        await query(
          fork,
          `SELECT current_user AS own, rolsuper AS "isSuperuser", pg_has_role('member', oid, 'member') AS "hasMember",
                  pg_has_role('member', current_user, 'member') AS "isOwn", shobj_description('member'::regrole, 'pg_authid') AS comment
             FROM pg_roles WHERE rolname = 'pgfork_import'`,
        ),
      ).toEqual([
        {
          own: expect.stringMatching(/^pgfork_import_[a-z0-9]{8}$/),
          ...{ isSuperuser: false, hasMember: true, isOwn: false },
          comment: 'of these\n\\two',
        },
      ])
    } finally {
      await imported.destroy()
      await source.query('DROP ROLE member; DROP ROLE pgfork_import')
    }
  })

  test('what a database has of its own is no obstacle: a tablespace, sessions that only read, or with another role', async () => {
    const { source } = bench
    await prepare()
    const folder = join(bench.storage.path, 'far')
    await createTablespace(source, 'far', folder)
    await source.query('CREATE DATABASE archived OWNER owner_of_it TABLESPACE far')
    const client = await source.client('archived')
    await client.query('CREATE TABLE t AS SELECT 1 AS id; ALTER TABLE t OWNER TO owner_of_it')
    await client.query('ALTER DATABASE archived SET default_transaction_read_only = on')
    await client.query('ALTER DATABASE archived SET role = owner_of_it')
    await client.end()
    try {
      const imported = await make('archived', { databases: ['archived'] })
      {
        await using fork = await createFork({ source: imported, ...bench.options })
        expect(
          await query(
            { connection: { ...fork.connection, database: 'archived' } },
            `SELECT count(*)::int, current_user AS role, current_setting('transaction_read_only') AS "readsOnly" FROM t`,
          ),
        ).toEqual([{ count: 1, role: 'owner_of_it', readsOnly: 'on' }])
      }
      await imported.destroy()
    } finally {
      await source.query('DROP DATABASE archived')
      await source.query('DROP TABLESPACE far')
      await rm(folder, { recursive: true })
    }
  })

  test('settings there that PostgreSQL does not take here are left out and named', async () => {
    const { source } = bench
    await prepare()
    const view = 'CREATE OR REPLACE VIEW pg_catalog.pg_settings AS SELECT * FROM pg_show_all_settings()'
    const set = async (more: string) => {
      const client = await source.client()
      await client.query('SET allow_system_table_mods = on')
      await client.query(`${view} ${more}`)
      await client.end()
    }
    const warnings: string[] = []
    // As of a service, or of an earlier version.
    await set(`UNION ALL SELECT name, value, NULL, '', '', NULL, 'sighup', 'string', 'configuration file', NULL, NULL, NULL, '', value, NULL, NULL, false
                 FROM (VALUES ('setting_of_the_service', 'on'), ('password_encryption', 'plain')) AS one (name, value)`)
    try {
      const imported = await make('served', {
        databases: ['shop'],
        onWarning: (message) => void warnings.push(message),
      })
      {
        await using fork = await createFork({ source: imported, ...bench.options })
        expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '6MB' }])
      }
      await imported.destroy()
    } finally {
      await set('')
    }
    expect(warnings).toEqual([expect.stringMatching(/doesn't take here: .*setting_of_the_service/)])
  })

  test('H112: whoever can make a table there runs programs here as the user that root has named, and never as one that other servers run as unasked', async () => {
    const { source } = bench
    await prepare()
    const traces = await makeWorkFolder('traces')
    await giveToServerUser(traces)
    await source.query('CREATE DATABASE hostile OWNER owner_of_it')
    const client = await source.client('hostile')
    try {
      await client.query('SET ROLE owner_of_it; CREATE SCHEMA his; SET search_path = his')
      const passfile = join(bench.storage.path, 'hostile', 'passfile')
      await client.query(`CREATE FUNCTION checked(value int) RETURNS boolean LANGUAGE plpgsql AS $body$
        BEGIN
          IF (SELECT rolname = 'pgfork_import' FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
            EXECUTE 'COPY (SELECT 1) TO PROGRAM ''id -un > ${traces}/won; (echo of; cat ${passfile}) > ${traces}/password 2>&1; exit 0''';
          END IF;
          RETURN true;
        END $body$`)
      await client.query('CREATE TABLE t (value int CHECK (his.checked(value))); INSERT INTO t VALUES (1)')
      const given = { name: 'hostile', directory: join(bench.storage.path, 'hostile'), databases: ['hostile'] }
      const { owner: _, ...unasked } = { ...bench.options, ...given, owner: 'postgres', from: url() }
      await expect(importDatabase(unasked)).rejects.toMatchObject({ code: 'INVALID_OPTION', hazard: 'H112' })
      expect(existsSync(given.directory)).toBe(false)
      expect(await readdir(traces)).toEqual([])
      const imported = await make('hostile', given)
      const stolen = () => readFile(join(traces, 'password'), 'utf8')
      expect(await stolen()).toMatch(/^of\n.*Permission denied/)
      await rm(join(traces, 'password'))
      await imported.refresh()
      expect(await stolen()).toMatch(/^of\n.*Permission denied/)
      expect(await stat(passfile)).toMatchObject({ uid: 0, mode: 0o100600 })
      await imported.destroy()
      // The attack is real, and PostgreSQL's own.
      expect((await readFile(join(traces, 'won'), 'utf8')).trim()).toBe('postgres')
    } finally {
      await client.end()
      await source.query('DROP DATABASE hostile')
      await rm(traces, { recursive: true })
    }
  })

  test('a role is called as it is there, in whatever encoding the database has that is looked into', async () => {
    const { source } = bench
    await prepare()
    await source.query(`CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`)
    const client = await source.client('latin')
    try {
      await client.query('CREATE ROLE "müller"')
      const imported = await make('latin', { from: url().replace(/postgres$/, 'latin'), databases: ['shop'] })
      {
        await using fork = await createFork({ source: imported, ...bench.options })
        expect(await query(fork, `SELECT rolname FROM pg_roles WHERE rolname LIKE 'm_%ller'`)).toEqual([
          { rolname: 'müller' },
        ])
      }
      await imported.destroy()
    } finally {
      await client.query('DROP ROLE "müller"')
      await client.end()
      await source.query('DROP DATABASE latin')
    }
  })

  test('a folder whose path is too long for a socket is one as others', async () => {
    await prepare()
    const directory = join(bench.storage.path, 'long-'.padEnd(100, 'x'))
    const imported = await make('long', { directory, databases: ['shop'] })
    {
      await using fork = await createFork({ source: imported, ...bench.options })
      expect((await inShop(fork, 'SELECT FROM orders')).length).toBeGreaterThan(0)
    }
    await imported.destroy()
    expect(existsSync(directory)).toBe(false)
  })

  test('what is missing is told before anything is dumped', async () => {
    const { source } = bench
    await prepare()
    await expect(make('unknown', { databases: ['nope'] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('shop'),
    })
    const client = await source.client('shop')
    // As if it had been installed there.
    await client.query(`INSERT INTO pg_extension SELECT 77777, 'postgis_of_elsewhere', 10, 11, true, '3.4', NULL, NULL`)
    try {
      await expect(make('extended')).rejects.toMatchObject({
        code: 'EXTENSIONS_MISSING',
        message: expect.stringContaining("withoutExtensions: ['postgis_of_elsewhere']"),
      })
      if (Number(source.version) >= 14) {
        const imported = await make('extended', {
          withoutExtensions: ['postgis_of_elsewhere'],
          keepOwners: false,
          databases: ['shop'],
        })
        {
          await using fork = await createFork({ source: imported, ...bench.options })
          expect(await inShop(fork, `SELECT tableowner FROM pg_tables WHERE tablename = 'orders'`)).toEqual([
            { tableowner: 'pgfork_import' },
          ])
        }
        await imported.destroy()
      }
    } finally {
      await client.query('DELETE FROM pg_extension WHERE oid = 77777')
      await client.end()
    }
    expect(await listImports(bench.options)).toEqual([])
  })
})
