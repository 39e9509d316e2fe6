import { join } from 'node:path'
import { describeHistory, removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { type Cluster, promoteStandby, waitForReplay } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, recordInTurn, sourceMaker, upTo, write, writeMany } from './describe-moments.ts'

await describeWorkbench(
  'histories of several kinds of sources',
  ['btrfs', 'xfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const other = await bench.storage('xfs')
    const settings = { wal_keep_size: '256MB', max_prepared_transactions: 1 }
    const make = sourceMaker(bench, storage, settings)
    const primary = await make('primary')
    const standby = await bench.standby(primary, {
      directory: join(await bench.directory(storage, 'source-standby'), 'main'),
    })
    return {
      primary,
      standby,
      stopped: await make('stopped'),
      copied: await sourceMaker(bench, other, settings)('copied'),
      prepared: await make('prepared'),
    }
  },
  (bench) => {
    const request = (source: Cluster) => ({
      source: source.dataDirectory,
      driver: [btrfs(), copy()],
      ...bench.options,
    })
    const fork = (source: Cluster, at: string) => bench.fork(source, { at, driver: [btrfs(), copy()] })

    test('H14, H79: the history of a standby goes on when it is promoted, beside that of its primary', async () => {
      const { primary, standby } = bench
      await writeMany(primary, 1, 2)
      await waitForReplay(primary, standby)
      await recordInTurn(request(standby))
      await recordInTurn(request(primary))
      const third = await write(primary, 3)
      await waitForReplay(primary, standby)
      await promoteStandby(standby)
      await recordInTurn(request(standby))
      const fourth = await write(standby, 4)
      await write(standby, 5)
      const elsewhere = await write(primary, 40)
      await recordInTurn(request(standby))
      await recordInTurn(request(primary))
      expect((await describeHistory(request(standby))).gaps).toEqual([])

      await using before = await fork(standby, third.after.location)
      expect(await eventsIn(before)).toEqual(upTo(3))
      expect(before.moment?.timeline).toBe(1)
      await using after = await fork(standby, fourth.after.location)
      expect(await eventsIn(after)).toEqual(upTo(4))
      expect(after.moment?.timeline).toBe(2)
      expect(after.timeline).toBeGreaterThan(before.timeline)
      // The old primary goes on by itself.
      await using ofOther = await fork(primary, elsewhere.after.location)
      expect(await eventsIn(ofOther)).toEqual([...upTo(3), 40])
      for (const source of [primary, standby]) await removeHistory(request(source))
    })

    test('H79: of a source that is stopped in between', async () => {
      const { stopped: source } = bench
      await recordInTurn(request(source))
      const first = await write(source, 1)
      await source.stop()
      await recordInTurn(request(source))
      await source.start()
      const second = await write(source, 2)
      await source.crash()
      await source.start()
      await write(source, 3)
      await recordInTurn(request(source))
      expect((await describeHistory(request(source))).gaps).toEqual([])
      await using early = await fork(source, first.after.location)
      expect(await eventsIn(early)).toEqual([1])
      await using late = await fork(source, second.after.time)
      expect(await eventsIn(late)).toEqual(upTo(2))
      await removeHistory(request(source))
    })

    test('H14, H79: of a fork of a moment, which has a history of its own, and forks of that', async () => {
      const { stopped: source } = bench
      await recordInTurn(request(source))
      const base = await eventsIn(source)
      const [first] = await writeMany(source, 10, 2)
      await using middle = await fork(source, first?.after.location ?? '')
      const own = { source: middle.dataDirectory, driver: [btrfs(), copy()], ...bench.options }
      await recordInTurn(own)
      await query(middle, 'INSERT INTO events VALUES (100)')
      const [{ at = '' } = {}] = await query<{ at: string }>(middle, 'SELECT pg_current_wal_insert_lsn()::text AS at')
      await query(middle, 'INSERT INTO events VALUES (101)')
      await recordInTurn(own)
      expect((await describeHistory(own)).gaps).toEqual([])
      await using inner = await bench.fork(source, { ...own, at })
      expect(await eventsIn(inner)).toEqual([...base, 10, 100])
      expect(new Set([1, middle.timeline, inner.timeline]).size).toBe(3)
      await inner.reset()
      expect(await eventsIn(inner)).toEqual([...base, 10, 100])
      await removeHistory(own)
      await removeHistory(request(source))
    })

    test('H4, H79: of a source that is copied in base backups', async () => {
      const { copied: source } = bench
      await recordInTurn(request(source))
      const [first] = await writeMany(source, 1, 2)
      await source.query('SELECT pg_switch_wal()')
      await recordInTurn(request(source))
      const third = await write(source, 3)
      await write(source, 4)
      expect((await describeHistory(request(source))).gaps).toEqual([])
      await using early = await fork(source, first?.after.location ?? '')
      expect(await eventsIn(early)).toEqual([1])
      await using late = await fork(source, third.after.time)
      expect(await eventsIn(late)).toEqual(upTo(3))
      await removeHistory(request(source))
    })

    test('H27, H79: more prepared transactions and locks than the source allowed when its snapshot was taken', async () => {
      const { prepared: source } = bench
      await recordInTurn(request(source))
      await source.settings({
        ...{ max_prepared_transactions: 20, max_locks_per_transaction: 512, max_connections: 200 },
        ...{ max_worker_processes: 20, max_wal_senders: 20, track_commit_timestamp: 'on' },
      })
      await source.restart()
      for (let id = 1; id <= 5; id++)
        await source.query(`BEGIN; INSERT INTO events VALUES (${id}); PREPARE TRANSACTION 'event ${id}'`)
      const locks = 40_000
      await source.query(
        `BEGIN; SELECT count(pg_advisory_xact_lock(n)) FROM generate_series(1, ${locks}) n; PREPARE TRANSACTION 'locks'`,
      )
      const after = await write(source, 6)
      const most = { max_connections: '20', max_locks_per_transaction: '10' }
      for (const settings of [{}, most]) {
        await using late = await bench.fork(source, {
          ...{ at: after.after.location, driver: [btrfs(), copy()], settings },
        })
        expect(await query(late, 'SELECT count(*)::int AS count FROM pg_prepared_xacts')).toEqual([{ count: 6 }])
        expect(await query(late, "SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory'")).toEqual([
          { count: locks },
        ])
        await query(late, "COMMIT PREPARED 'event 2'")
        expect(await eventsIn(late)).toEqual([2, 6])
        const times = await query(late, 'SELECT pg_xact_commit_timestamp(xmin) IS NOT NULL AS known FROM events')
        expect(times).toEqual([{ known: true }, { known: true }])
        await late.reset()
        expect(await query(late, 'SELECT count(*)::int AS count FROM pg_prepared_xacts')).toEqual([{ count: 6 }])
      }
      // The locks of one that has ended are nobody's.
      await source.query("ROLLBACK PREPARED 'locks'")
      const later = await write(source, 7)
      await using free = await fork(source, later.after.location)
      expect(await query(free, 'SHOW max_locks_per_transaction')).toEqual([{ max_locks_per_transaction: '64' }])
      await removeHistory(request(source))
    })
  },
)
