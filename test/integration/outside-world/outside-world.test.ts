import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../../support/cluster/index.ts'
import { dropSubscription } from '../../support/fork/drop-subscription.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { createFolder, type TestFolder } from '../../support/storage/index.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const archive = await makeWorkFolder('archive')
await giveToServerUser(archive)
afterAll(() => rm(archive, { recursive: true, force: true }))

const settings = {
  wal_level: 'logical',
  archive_mode: 'always',
  archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
  archive_timeout: '1s',
}

await describeOn('btrfs', { settings }, (bench) => {
  test("H20: a fork puts nothing into its source's archive, whose archiving goes on", async () => {
    const { source } = bench
    await source.query('CREATE TABLE archived (id int)')
    await using fork = await bench.fork()
    const archiving = `SELECT name, setting FROM pg_settings WHERE name LIKE 'archive%' ORDER BY name`
    const known = (await source.query<{ name: string }>(archiving)).map(({ name }) => name)
    expect(await query(fork, archiving)).toEqual(
      [
        { name: 'archive_cleanup_command', setting: '' },
        { name: 'archive_command', setting: '(disabled)' },
        { name: 'archive_library', setting: '' },
        { name: 'archive_mode', setting: 'off' },
        { name: 'archive_timeout', setting: '0' },
      ].filter(({ name }) => known.includes(name)),
    )
    // Nor would the source's command be there for somebody who switches archiving on.
    expect(await query(fork, `SELECT setting FROM pg_file_settings WHERE name = 'archive_command'`)).toEqual([
      { setting: '' },
    ])
    // Twice, since the fork's first start is a recovery and the second one isn't.
    for (const round of [1, 2]) {
      await query(fork, `INSERT INTO archived VALUES (${round})`)
      await query(fork, 'SELECT pg_switch_wal()')
      await query(fork, 'CHECKPOINT')
      if (round === 1) await fork.stop()
      if (round === 1) await startByHand(source, fork)
    }
    // What the source archives afterwards arrives, so what the fork might have would have, too.
    await source.query('INSERT INTO archived VALUES (3)')
    const [row] = await source.query<{ file: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file')
    await source.query('SELECT pg_switch_wal()')
    await waitUntil(async () => (await readdir(archive)).includes(row?.file ?? ''), {
      timeoutMs: 30_000,
      what: `archived file ${row?.file}`,
    })
    expect((await readdir(archive)).filter((name) => !/^00000001[0-9A-F]{16}$/.test(name))).toEqual([])
  })

  test("H21: a fork's commits wait for no standby of its source", async () => {
    const { source } = bench
    await source.query('CREATE TABLE synchronous (id int)')
    await source.settings({ synchronous_standby_names: 'FIRST 1 (ghost)' })
    try {
      await using fork = await bench.fork()
      expect(await query(fork, 'SHOW synchronous_standby_names')).toEqual([{ synchronous_standby_names: '' }])
      await query(fork, 'INSERT INTO synchronous VALUES (1)')
      await fork.stop()
      await startByHand(source, fork)
      await query(fork, 'INSERT INTO synchronous VALUES (2)')
      // The source's do wait, as its administrator wished.
      await using waiting = await waitingCommit(source)
      expect(await waiting.event()).toBe('SyncRep')
    } finally {
      await source.settings({ synchronous_standby_names: '' })
    }
  })

  test('H23: replication slots, logical ones among them, stay with the source alone', async () => {
    const { source } = bench
    await source.query(`SELECT pg_create_physical_replication_slot('physical', true);
      SELECT pg_create_logical_replication_slot('logical', 'pgoutput')`)
    const slots = () => source.query('SELECT * FROM pg_replication_slots ORDER BY slot_name')
    try {
      const before = await slots()
      expect(before).toHaveLength(2)
      {
        await using fork = await bench.fork()
        expect(await query(fork, 'SELECT * FROM pg_replication_slots')).toEqual([])
        await query(fork, 'SELECT pg_switch_wal()')
      }
      {
        // A logical slot would make this FATAL at the start.
        await using fork = await bench.fork({ settings: { wal_level: 'replica', max_replication_slots: 0 } })
        expect(await query(fork, 'SHOW wal_level')).toEqual([{ wal_level: 'replica' }])
        await fork.stop()
        await startByHand(source, fork)
        expect(await query(fork, 'SELECT * FROM pg_replication_slots')).toEqual([])
      }
      expect(await slots()).toEqual(before)
    } finally {
      await source.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots')
    }
  })
})

/** A commit of the source that doesn't come to its end. */
async function waitingCommit(source: Cluster): Promise<AsyncDisposable & { event(): Promise<string | undefined> }> {
  const client = await source.client()
  const [row] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows
  const commit = client.query('INSERT INTO synchronous VALUES (3)').catch(() => undefined)
  const event = () =>
    waitUntil(
      async () => {
        const sql = `SELECT wait_event AS event FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'IPC'`
        return (await source.query<{ event: string }>(sql, [row?.pid]))[0]?.event
      },
      { timeoutMs: 60_000, what: 'waiting commit' },
    )
  return {
    event,
    async [Symbol.asyncDispose]() {
      await source.query('SELECT pg_cancel_backend($1)', [row?.pid])
      await commit
      await client.end()
    },
  }
}

await describeOn('btrfs', {}, (bench) => {
  let folder: TestFolder
  let publisher: Cluster

  beforeAll(async () => {
    folder = await createFolder()
    publisher = await createCluster({ directory: join(folder.path, 'publisher'), settings: { wal_level: 'logical' } })
    await publisher.query('CREATE TABLE published (id int PRIMARY KEY)')
    await publisher.query('CREATE PUBLICATION everything FOR ALL TABLES')
    await bench.source.query('CREATE TABLE published (id int PRIMARY KEY)')
    const { host, port } = publisher.connection
    await bench.source.query(
      `CREATE SUBSCRIPTION subscribed CONNECTION 'host=${host} port=${port} user=postgres dbname=postgres' PUBLICATION everything`,
    )
  })

  afterAll(async () => {
    await bench.source.stop('immediate').catch(() => undefined)
    await publisher?.[Symbol.asyncDispose]()
    await folder?.[Symbol.asyncDispose]()
  })

  test('H24: a fork of a subscriber applies nothing, and the subscriber misses nothing', async () => {
    bench.watch(publisher)
    const { source } = bench
    const publish = async (id: number) => {
      await publisher.query(`INSERT INTO published VALUES (${id})`)
      await waitUntil(async () => (await source.query(`SELECT FROM published WHERE id = ${id}`)).length === 1, {
        timeoutMs: 30_000,
        what: `row ${id} in the subscriber. Its log:\n${await source.log()}`,
      })
    }
    const walsender = () =>
      publisher.query('SELECT slot_name, active, active_pid FROM pg_replication_slots WHERE active ORDER BY slot_name')
    await publish(1)
    const before = await walsender()
    expect(before).toHaveLength(1)
    {
      await using fork = await bench.fork()
      const ids = async () => (await query<{ id: number }>(fork, 'SELECT id FROM published')).map(({ id }) => id)
      const subscriptions = `SELECT subname, subenabled, subconninfo LIKE 'host=/dev/null %' AS "isDetached" FROM pg_subscription`
      const workers = `SELECT backend_type FROM pg_stat_activity WHERE backend_type LIKE 'logical replication worker'`
      for (const start of ['by createFork', 'by hand']) {
        if (start === 'by hand') {
          await fork.stop()
          await startByHand(source, fork)
        }
        expect(await query(fork, subscriptions)).toEqual([
          { subname: 'subscribed', subenabled: false, isDetached: true },
        ])
        expect(await query(fork, 'SHOW max_logical_replication_workers')).toEqual([
          { max_logical_replication_workers: '0' },
        ])
        await publish(start === 'by hand' ? 3 : 2)
        expect(await query(fork, workers)).toEqual([])
        expect(await ids()).toEqual([1])
      }
      expect(fork.verification?.detachedSubscriptions).toEqual([{ database: 'postgres', subscription: 'subscribed' }])
      // Dropping it in the fork leaves the publisher's slot to its owner.
      await dropSubscription(fork, 'subscribed')
      expect(await walsender()).toEqual(before)
    }
    await publish(4)
    expect(await walsender()).toEqual(before)
    expect(await source.query('SELECT id FROM published ORDER BY id')).toEqual([1, 2, 3, 4].map((id) => ({ id })))
  })
})
