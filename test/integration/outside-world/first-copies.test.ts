import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { dropSubscription, keepsSlotName } from '../../support/fork/drop-subscription.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

const lock = 4711
const nowhere = 'host=/dev/null '

await describeWorkbench(
  'a subscriber whose table is copied for the first time',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    const publisher = await bench.cluster({
      directory: await directory('publisher'),
      settings: { wal_level: 'logical' },
    })
    await publisher.query('CREATE TABLE orders AS SELECT 1 AS id; CREATE PUBLICATION published FOR TABLE orders')
    const subscriber = await bench.cluster({ directory: await directory('subscriber') })
    // The copy waits for whoever holds the lock.
    await subscriber.query(`CREATE TABLE orders (id int);
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(${lock}); RETURN new; END $$;
      CREATE TRIGGER wait BEFORE INSERT ON orders FOR EACH ROW EXECUTE PROCEDURE wait();
      ALTER TABLE orders ENABLE ALWAYS TRIGGER wait`)
    return { publisher, subscriber }
  },
  (bench) => {
    const slots = async (): Promise<string[]> => {
      const rows = await bench.publisher.query<{ name: string }>(
        'SELECT slot_name::text AS name FROM pg_replication_slots ORDER BY 1',
      )
      return rows.map(({ name }) => name)
    }
    const count = async ({ connection }: Cluster) =>
      (await query<{ count: number }>({ connection }, 'SELECT count(*)::int FROM orders'))[0]?.count
    const subscriptions = 'SELECT subenabled, subslotname, subconninfo FROM pg_subscription'
    /** Before 13 it can't be emptied. */
    const subslotname = keepsSlotName() ? 'sub_slot' : null
    const detached = [{ subenabled: false, subslotname, subconninfo: expect.stringContaining(nowhere) }]

    test('H24: dropping the subscription in a fork drops neither its slot nor that of the copy, which comes to its end', async () => {
      const { publisher, subscriber } = bench
      const { host, port } = publisher.connection
      const holder = await subscriber.client()
      await holder.query(`SELECT pg_advisory_lock(${lock})`)
      await subscriber.query(`CREATE SUBSCRIPTION sub CONNECTION 'host=${host} port=${port} user=postgres dbname=postgres'
        PUBLICATION published WITH (slot_name = sub_slot)`)
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`
      await waitUntil(async () => (await subscriber.query(waiting)).length === 1, {
        timeoutMs: 60_000,
        what: `a copy that waits. The subscriber's log:\n${await subscriber.log()}`,
      })
      const before = await slots()
      expect(before).toHaveLength(2)
      {
        await using fork = await bench.fork(subscriber, { driver: btrfs() })
        expect(await query(fork, subscriptions)).toEqual(detached)
        if (keepsSlotName())
          await expect(query(fork, 'DROP SUBSCRIPTION sub')).rejects.toThrow(/could not connect to (the )?publisher/)
        await dropSubscription(fork, 'sub')
        expect(await query(fork, subscriptions)).toEqual([])
      }
      expect(await slots()).toEqual(before)
      await holder.end()
      await waitUntil(async () => (await count(subscriber)) === 1 && (await slots()).length === 1, {
        timeoutMs: 60_000,
        what: `the end of the copy. The subscriber's log:\n${await subscriber.log()}`,
      })
    })

    test('H24: a fork that is not to be connected to is detached from its subscriptions all the same', async () => {
      const { subscriber } = bench
      await subscriber.stop()
      try {
        await using fork = await bench.fork(subscriber, {
          driver: btrfs(),
          timeline: 'keep',
          verify: { connect: false },
        })
        expect(await query(fork, subscriptions)).toEqual(detached)
        expect(fork.verification?.detachedSubscriptions).toEqual([{ database: 'postgres', subscription: 'sub' }])
      } finally {
        await subscriber.start()
      }
    })
  },
)
