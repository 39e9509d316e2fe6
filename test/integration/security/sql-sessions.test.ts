import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { type Cluster, testedVersion } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { attacker, layTraps, spring } from './traps.ts'

const version = testedVersion()

type Server = Pick<Cluster | Fork, 'connection'>

await describeWorkbench(
  'a cluster as it was before 15, where everybody may create in public, and whose databases belong to others',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const settings = { max_prepared_transactions: 10, wal_level: 'logical' }
    const directory = join(await bench.directory(storage, 'source'), 'main')
    const source = await bench.cluster({ directory, version, settings })
    await source.query(`CREATE ROLE ${attacker} LOGIN; GRANT CREATE ON SCHEMA public TO PUBLIC`)
    await source.query(`CREATE DATABASE shop OWNER ${attacker}`)
    const asAttacker = { connection: { ...source.connection, user: attacker } }
    const inShop = async (): Promise<pg.Client> => {
      const session = await source.client('shop')
      await session.query(`SET SESSION AUTHORIZATION ${attacker}`)
      return session
    }
    return { source, asAttacker, inShop }
  },
  (bench) => {
    const isSuperuser = async (server: Server) => {
      const rows = await query<{ rolsuper: boolean }>(server, 'SELECT rolsuper FROM pg_roles WHERE rolname = $1', [
        attacker,
      ])
      return rows[0]?.rolsuper
    }

    test('H64: an operator in public, which a base backup of the source would have run as a superuser', async () => {
      const { source, asAttacker } = bench
      await query(
        asAttacker,
        `CREATE FUNCTION public.joined(text, int) RETURNS text LANGUAGE plpgsql AS $$
          BEGIN ALTER ROLE ${attacker} SUPERUSER; RETURN $1 OPERATOR(pg_catalog.||) $2::text; EXCEPTION WHEN others THEN RETURN 'x'; END $$;
        CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = int, PROCEDURE = public.joined)`,
      )
      await using fork = await bench.fork(source, { driver: copy() })
      expect(await isSuperuser(source)).toBe(false)
      expect(await isSuperuser(fork)).toBe(false)
      // It is a trap: whoever writes it in a session of the default path falls into it.
      await query(fork, `SELECT 'a' || 1`)
      expect(await isSuperuser(fork)).toBe(true)
      await source.query('DROP OPERATOR public.|| (text, int); DROP FUNCTION public.joined')
    })

    test('H64: a database whose owner has put a trap in the place of all that a statement may name', async () => {
      const { source, inShop } = bench
      const owner = await inShop()
      await owner.query(spring)
      await owner.query('CREATE TABLE items AS SELECT id FROM generate_series(1, 1000) id; CREATE INDEX ON items (id)')
      await owner.query('CREATE UNLOGGED TABLE baskets (id int)')
      await owner.query(`CREATE FUNCTION public.indexed(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
          BEGIN PERFORM public.spring(); RETURN id; END $$; CREATE INDEX ON items (public.indexed(id))`)
      await owner.query(`BEGIN; INSERT INTO items VALUES (0); PREPARE TRANSACTION 'of mallory'`)
      const superuser = await source.client('shop')
      await superuser.query(`CREATE EXTENSION amcheck SCHEMA public;
        CREATE SUBSCRIPTION elsewhere CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = 'a_slot')`)
      // A better match for the call of an extension's function than the function itself.
      await owner.query(`CREATE FUNCTION public.bt_index_check(oid, boolean) RETURNS void LANGUAGE sql AS 'SELECT public.spring()'
        ; CREATE FUNCTION public.verify_heapam(regclass) RETURNS TABLE (blkno bigint, msg text) LANGUAGE sql AS $$
          SELECT 0::bigint, 'trapped' WHERE NOT public.spring() $$`)
      await layTraps(owner)
      await superuser.end()

      const { dataDirectory } = source
      for (const options of [
        { driver: btrfs(), verify: { deep: true } },
        { driver: copy(), resettable: true },
      ]) {
        await using fork = await bench.fork(source, {
          source: { dataDirectory, connection: { database: 'shop' } },
          database: 'shop',
          preparedTransactions: 'rollback',
          ...options,
        })
        expect(fork.verification).toMatchObject({
          unloggedRelations: [{ database: 'shop', relation: 'public.baskets' }],
          preparedTransactions: [{ database: 'shop', identifier: 'of mallory' }],
          detachedSubscriptions: [{ database: 'shop', subscription: 'elsewhere' }],
        })
        await fork.activity()
        if (options.resettable) await fork.reset()
        const plain = { connection: { ...fork.connection, database: 'postgres' } }
        expect(await isSuperuser(source)).toBe(false)
        expect(await isSuperuser(plain)).toBe(false)
        // They are traps, for the caller's own session.
        await query(fork, 'SELECT relname FROM pg_class').catch(() => undefined)
        expect(await isSuperuser(plain)).toBe(true)
      }
      await owner.query(`ROLLBACK PREPARED 'of mallory'`)
      await owner.end()
    })
  },
)
