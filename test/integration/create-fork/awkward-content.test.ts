import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'a source whose content is in the way',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const source = await bench.cluster({ directory: join(await bench.directory(storage, 'source'), 'main') })
    for (const database of ['other', 'closed', 'dropped']) await source.query(`CREATE DATABASE ${database}`)
    await source.query('CREATE ROLE clerk')
    return { source }
  },
  (bench) => {
    const inDatabase = (server: { readonly connection: object }, database: string) => ({
      connection: { ...server.connection, database },
    })
    const deep = { driver: btrfs(), verify: { deep: true } }

    test('H24: subscriptions are detached also where an event trigger refuses every change, and in a closed database', async () => {
      const { source } = bench
      const subscribe = (name: string) =>
        `CREATE SUBSCRIPTION ${name} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'slot_of_${name}')`
      const refuse = `CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$;
        CREATE EVENT TRIGGER refusing ON ddl_command_start EXECUTE PROCEDURE refuse(); ALTER EVENT TRIGGER refusing ENABLE ALWAYS`
      for (const database of ['postgres', 'other', 'closed']) {
        await query(inDatabase(source, database), subscribe(`in_${database}`))
        await query(inDatabase(source, database), refuse)
      }
      await source.query('ALTER DATABASE closed ALLOW_CONNECTIONS false')
      await using fork = await bench.fork(source, deep)
      expect(fork.verification?.detachedSubscriptions.map(({ database }) => database)).toEqual([
        'closed',
        'other',
        'postgres',
      ])
      expect(
        await query(
          fork,
          `SELECT subenabled, subconninfo LIKE 'host=/dev/null %' AS "isDetached" FROM pg_subscription`,
        ),
      ).toEqual(Array(3).fill({ subenabled: false, isDetached: true }))
      expect(fork.verification?.checks).toContainEqual({
        name: 'indexes and tables of other agree (amcheck)',
        found: expect.stringMatching(/^\d{3} checked/),
      })
      expect(fork.verification?.warnings).toContainEqual(
        expect.stringMatching(/^The database closed lets nobody connect/),
      )
      // The triggers are what they were.
      await expect(query(fork, 'CREATE TABLE refused ()')).rejects.toThrow('refused')
      await expect(source.query('CREATE TABLE refused ()')).rejects.toThrow('refused')
    })

    test('H26: a database of an interrupted DROP DATABASE, with unlogged tables, is told and passed by', async () => {
      const { source } = bench
      await query(inDatabase(source, 'dropped'), 'CREATE UNLOGGED TABLE lost (id int)')
      await source.query(`UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'dropped'`)
      await using fork = await bench.fork(source, deep)
      const warnings = fork.verification?.warnings.filter((warning) => warning.includes('dropped')) ?? []
      expect(warnings).toEqual([
        expect.stringMatching(/^The database dropped is half dropped, so that its unlogged tables.*H26.*Drop it again/),
        expect.stringMatching(/^The database dropped is half dropped, so that it was not checked/),
      ])
      await query(fork, 'DROP DATABASE dropped')
    })

    test('H64: what roles and databases have by ALTER .. SET ends or weakens none of our sessions, nor prepare', async () => {
      const { source } = bench
      const session = await source.client()
      await session.query(`ALTER ROLE postgres SET role = 'clerk'`)
      for (const [name, value] of Object.entries({
        role: 'clerk',
        local_preload_libraries: 'nowhere',
        session_preload_libraries: 'nowhere',
        session_replication_role: 'origin',
      }))
        await session.query(`ALTER DATABASE other SET ${name} = '${value}'`)
      await query(inDatabase(source, 'postgres'), 'SELECT 1')
      await expect(query(inDatabase(source, 'other'), 'SELECT 1')).rejects.toThrow('nowhere')
      try {
        const roles: unknown[] = []
        await using fork = await bench.fork(source, {
          ...deep,
          prepare: async (client) => {
            roles.push(
              ...(await client.query(`SELECT current_user AS name, current_setting('is_superuser') AS superuser`)).rows,
            )
          },
        })
        expect(roles).toEqual([{ name: 'postgres', superuser: 'on' }])
        await fork.activity()
        await fork.reset()
        expect(await query(fork, 'SELECT current_user AS name')).toEqual([{ name: 'clerk' }])
      } finally {
        await session.query('ALTER ROLE postgres RESET ALL; ALTER DATABASE other RESET ALL')
        await session.end()
      }
    })
  },
)
