import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { dropSubscription } from '../../support/fork/drop-subscription.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

const tables = ['orders', 'parcels']
const databases = ['postgres', 'other']

await describeWorkbench(
  'a subscriber that is forked while its publisher is written',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    const publisher = await bench.cluster({
      directory: await directory('publisher'),
      settings: { wal_level: 'logical' },
    })
    const subscriber = await bench.cluster({ directory: await directory('subscriber') })
    const { host, port } = publisher.connection
    await subscriber.query('CREATE DATABASE other')
    for (const table of tables) await publisher.query(`CREATE TABLE ${table} (id int PRIMARY KEY)`)
    for (const [index, table] of tables.entries()) {
      await publisher.query(`CREATE PUBLICATION published_${table} FOR TABLE ${table}`)
      const session = await subscriber.client(databases[index])
      await session.query(`CREATE TABLE ${table} (id int PRIMARY KEY)`)
      await session.query(`CREATE SUBSCRIPTION "sub of ${table}" CONNECTION 'host=${host} port=${port} user=postgres dbname=postgres'
        PUBLICATION published_${table} WITH (slot_name = slot_${table})`)
      await session.end()
    }
    return { publisher, subscriber }
  },
  (bench) => {
    const inDatabase = (server: { readonly connection: object }, database: string | undefined) => ({
      connection: { ...server.connection, database: database ?? 'postgres' },
    })

    const slots = () =>
      bench.publisher.query(
        'SELECT slot_name, active, active_pid, temporary FROM pg_replication_slots ORDER BY slot_name',
      )

    const tablesInSync = async (database: string) => {
      const rows = await query<{ ready: boolean }>(
        inDatabase(bench.subscriber, database),
        `SELECT count(*) > 0 AND bool_and(srsubstate = 'r') AS ready FROM pg_subscription_rel`,
      )
      return rows[0]?.ready === true
    }

    const count = async (server: { readonly connection: object }, index: number) => {
      const rows = await query<{ count: number }>(
        inDatabase(server, databases[index]),
        `SELECT count(*)::int FROM ${tables[index]}`,
      )
      return rows[0]?.count ?? 0
    }

    /** Writes on the publisher until it is stopped. */
    function startPublishing(publisher: Cluster) {
      let isStopping = false
      let published = 0
      const run = async () => {
        const session = await publisher.client()
        while (!isStopping) {
          published++
          for (const table of tables) await session.query(`INSERT INTO ${table} VALUES ($1)`, [published])
        }
        await session.end()
      }
      const running = run()
      return {
        published: () => published,
        async stop() {
          isStopping = true
          await running
        },
      }
    }

    test('H24: it misses nothing while forks of it come and go, and the forks touch no slot', async () => {
      const { publisher, subscriber } = bench
      // While a table is first copied, a slot of its own exists beside the subscription's.
      await waitUntil(async () => (await Promise.all(databases.map(tablesInSync))).every(Boolean), {
        timeoutMs: 30_000,
        what: 'the end of the first copies',
      })
      let before = await slots()
      const isSettled = () => before.length === tables.length && before.every(({ active }) => active)
      await waitUntil(
        async () => {
          before = await slots()
          return isSettled()
        },
        { timeoutMs: 30_000, what: 'an active slot for each subscription and no other' },
      )
      const publishing = startPublishing(publisher)
      try {
        for (const driver of [btrfs(), copy(), btrfs()]) {
          await using fork = await bench.fork(subscriber, { driver })
          expect(fork.verification?.detachedSubscriptions).toEqual([
            { database: 'postgres', subscription: 'sub of orders' },
            { database: 'other', subscription: 'sub of parcels' },
          ])
          const held = [await count(fork, 0), await count(fork, 1)]
          for (const start of ['made', 'by hand', 'reset', 'by hand']) {
            if (start === 'by hand') {
              await fork.stop()
              await startByHand(subscriber, fork)
            }
            if (start === 'reset') await fork.reset()
            const target = publishing.published() + 5
            await waitUntil(async () => (await count(subscriber, 0)) > target, {
              timeoutMs: 60_000,
              what: `progress of the subscriber. Its log:\n${await subscriber.log()}`,
            })
            expect([await count(fork, 0), await count(fork, 1)]).toEqual(held)
            expect(
              await query(
                fork,
                `SELECT subname, subenabled, subconninfo LIKE 'host=/dev/null %' AS "isDetached" FROM pg_subscription ORDER BY subname`,
              ),
            ).toEqual(tables.map((table) => ({ subname: `sub of ${table}`, subenabled: false, isDetached: true })))
          }
          // Dropping one in the fork, which would drop its slot, reaches no publisher.
          await dropSubscription(inDatabase(fork, 'other'), '"sub of parcels"')
        }
      } finally {
        await publishing.stop()
      }
      const published = publishing.published()
      for (const index of tables.keys())
        await waitUntil(async () => (await count(subscriber, index)) === published, {
          timeoutMs: 60_000,
          what: `arrival of all ${published} rows. The subscriber's log:\n${await subscriber.log()}`,
        })
      expect(await slots()).toEqual(before)
    })
  },
)
