import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/**
 * He may replace the function, whoever made the trigger, and it runs with the rights of whoever logs in. It leaves the tests' own
 * sessions alone. ALWAYS: whatever the session's replication role is.
 */
const trap = `
  CREATE FUNCTION public.greet() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      IF current_setting('application_name') = 'pgfork'
        AND (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN ALTER ROLE mallory SUPERUSER; END IF;
    END $$;
  ALTER FUNCTION public.greet() OWNER TO mallory;
  CREATE EVENT TRIGGER greet ON login EXECUTE FUNCTION public.greet();
  ALTER EVENT TRIGGER greet ENABLE ALWAYS`

const uriOf = ({ connection: { host, port, user } }: Cluster): string =>
  `postgresql://${user}@localhost:${port}/postgres?host=${encodeURIComponent(String(host))}`

await describeOn('btrfs', { version: '17' }, (bench) => {
  afterAll(() => forgetCollections(bench))
  beforeAll(async () => {
    const { source } = bench
    await source.query('CREATE ROLE mallory LOGIN')
    await source.query('CREATE DATABASE shop OWNER mallory')
    await source.query(trap)
    const shop = await source.client('shop')
    await shop.query(trap)
    await shop.query('CREATE TABLE items AS SELECT id FROM generate_series(1, 100) id')
    await shop.end()
  })

  const isSuperuser = async (server: Parameters<typeof query>[0]) =>
    (await query<{ rolsuper: boolean }>(server, `SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'`))[0]?.rolsuper

  test('H64: the login trigger of a database runs in no session of ours, on the source or in its forks', async () => {
    const { source } = bench
    for (const given of [source.dataDirectory, uriOf(source)]) {
      await using fork = await bench.fork({ source: given, database: 'shop', verify: { deep: true } })
      await using child = await bench.fork({ source: fork })
      await fork.activity()
      await fork.reset()
      for (const server of [source, fork, child]) expect(await isSuperuser(server)).toBe(false)
    }
    // It is a trap for everybody else.
    await using fork = await bench.fork()
    const session = new pg.Client({ ...fork.connection, application_name: 'pgfork' })
    await session.connect()
    await session.end()
    expect(await isSuperuser(fork)).toBe(true)
  })
})

for (const version of ['10', '16'] as const)
  await describeOn('btrfs', { version }, (bench) => {
    test(`version ${version}, which has no login triggers, is forked by a connection string as well`, async () => {
      await bench.source.query('CREATE TABLE items AS SELECT 1 AS id')
      await using fork = await bench.fork({ source: uriOf(bench.source) })
      expect(await query(fork, 'SELECT id FROM items')).toEqual([{ id: 1 }])
    })
  })
