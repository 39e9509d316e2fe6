import { join } from 'node:path'
import type { Fork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { type Cluster, waitForReplay } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'standbys of every kind as sources',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    const primary = await bench.cluster({ directory: await directory('primary') })
    await primary.query('CREATE TABLE seen (id int PRIMARY KEY); INSERT INTO seen VALUES (0)')
    const withSlot = await bench.standby(primary, { directory: await directory('slot'), slot: 'first' })
    const withoutSlot = await bench.standby(primary, { directory: await directory('plain') })
    const cascading = await bench.standby(primary, {
      directory: await directory('cascading'),
      cascadeFrom: withSlot,
      slot: 'second',
    })
    const delayed = await bench.standby(primary, { directory: await directory('delayed'), delayMs: 3_600_000 })
    return { primary, withSlot, withoutSlot, cascading, delayed }
  },
  (bench) => {
    let next = 0

    /** What a server knows of those that stream from it, as far as it doesn't change by itself. */
    const replication = async (server: Cluster) => [
      await server.query('SELECT pid, application_name, state, sync_state FROM pg_stat_replication ORDER BY pid'),
      await server.query(
        'SELECT slot_name, slot_type, temporary, active, active_pid, xmin FROM pg_replication_slots ORDER BY slot_name',
      ),
    ]

    /** How a standby recovers; the receiver's pid changes when it has to connect again. */
    const recovery = (standby: Cluster) =>
      standby.query(`SELECT pg_is_in_recovery() AS recovers, pg_is_wal_replay_paused() AS paused,
        (SELECT pid FROM pg_stat_wal_receiver) AS receiver, (SELECT slot_name FROM pg_stat_wal_receiver) AS slot,
        current_setting('primary_conninfo', true) AS upstream`)

    const receivedAll = async (standby: Cluster) => {
      const [sent] = await bench.primary.query<{ position: string }>(
        'SELECT pg_current_wal_flush_lsn()::text AS position',
      )
      const sql = 'SELECT WHERE pg_last_wal_receive_lsn() >= $1::pg_lsn'
      await waitUntil(async () => (await standby.query(sql, [sent?.position])).length > 0, {
        timeoutMs: 60_000,
        what: 'receipt by the standby',
      })
    }

    const ids = async (server: Parameters<typeof query>[0]) =>
      (await query<{ id: number }>(server, 'SELECT id FROM seen ORDER BY id')).map(({ id }) => id)

    /** A fork of a standby goes its own way, and neither the standby nor any other server notices. */
    async function expectUnnoticed(
      standby: Cluster,
      options: { readonly byCopy?: boolean },
      use: (fork: Fork) => Promise<void>,
    ) {
      const { primary, withSlot } = bench
      const before = [await replication(primary), await replication(withSlot), await recovery(standby)]
      const replayed = () => standby.query<{ position: string }>('SELECT pg_last_wal_replay_lsn()::text AS position')
      const [position] = await replayed()
      {
        await using fork = await bench.fork(standby, { driver: options.byCopy === true ? copy() : btrfs() })
        expect(await query(fork, 'SELECT pg_is_in_recovery() AS recovers')).toEqual([{ recovers: false }])
        expect(await query(fork, 'SELECT FROM pg_stat_wal_receiver')).toEqual([])
        expect(await query(fork, 'SELECT FROM pg_replication_slots')).toEqual([])
        expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 2])
        expect(fork.verification?.consistency).toBe(options.byCopy === true ? 'backup' : 'atomic')
        await query(fork, 'INSERT INTO seen SELECT max(id) + 1000000 FROM seen')
        await query(fork, 'SELECT pg_switch_wal()')
        await use(fork)
      }
      expect([await replication(primary), await replication(withSlot), await recovery(standby)]).toEqual(before)
      const [later] = await replayed()
      expect(
        await primary.query('SELECT $1::pg_lsn >= $2::pg_lsn AS kept', [later?.position, position?.position]),
      ).toEqual([{ kept: true }])
    }

    test.each([
      ['with a slot', 'withSlot', false],
      ['without a slot', 'withoutSlot', false],
      ['that cascades, with a slot', 'cascading', false],
      ['with a slot, copied within a base backup', 'withSlot', true],
      ['that cascades, copied within a base backup', 'cascading', true],
    ] as const)('H22: a standby %s', async (_, name, byCopy) => {
      const { primary } = bench
      const standby = bench[name]
      const id = ++next
      await primary.query(`INSERT INTO seen VALUES (${id})`)
      await waitForReplay(primary, standby)
      await expectUnnoticed(standby, { byCopy }, async (fork) => {
        expect(await ids(fork)).toContain(id)
        await primary.query(`INSERT INTO seen VALUES (${++next})`)
        await waitForReplay(primary, standby)
        expect(await ids(fork)).not.toContain(next)
      })
      expect(await ids(standby)).toEqual(Array.from({ length: next + 1 }, (_, index) => index))
    })

    test('H41: a standby whose replay is paused stays paused, and its fork is newer than it shows', async () => {
      const { primary, withoutSlot: standby } = bench
      await waitForReplay(primary, standby)
      await standby.query('SELECT pg_wal_replay_pause()')
      try {
        // Before 14 there is no telling when replay stands: with nothing to replay, it does.
        if (Number(standby.version) >= 14)
          await waitUntil(
            async () => (await standby.query(`SELECT WHERE pg_get_wal_replay_pause_state() = 'paused'`)).length > 0,
            { timeoutMs: 60_000, what: 'paused replay' },
          )
        const id = ++next
        await primary.query(`INSERT INTO seen VALUES (${id})`)
        await receivedAll(standby)
        expect(await ids(standby)).not.toContain(id)
        await expectUnnoticed(standby, {}, async (fork) => {
          expect(await ids(fork)).toContain(id)
          const [replayed] = await standby.query<{ position: string }>(
            'SELECT pg_last_wal_replay_lsn()::text AS position',
          )
          expect(fork.verification?.sourceReplayPosition).toBe(replayed?.position)
          expect(fork.verification?.report).toContain(`had replayed up to ${replayed?.position}`)
          expect(
            await query(fork, 'SELECT $1::pg_lsn > $2::pg_lsn AS newer', [
              fork.verification?.position,
              replayed?.position,
            ]),
          ).toEqual([{ newer: true }])
        })
        expect(await ids(standby)).not.toContain(id)
      } finally {
        await standby.query('SELECT pg_wal_replay_resume()')
      }
    })

    test('H41: a delayed standby keeps its delay, and its fork is newer than it shows', async () => {
      const { primary, delayed: standby } = bench
      const id = ++next
      await primary.query(`INSERT INTO seen VALUES (${id})`)
      await receivedAll(standby)
      for (const byCopy of [false, true])
        await expectUnnoticed(standby, { byCopy }, async (fork) => {
          // By a base backup it is as new as what the standby has replayed, or newer.
          if (!byCopy) expect(await ids(fork)).toContain(id)
          expect(fork.verification?.sourceReplayPosition).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/)
        })
      expect(await ids(standby)).not.toContain(id)
    })
  },
)
