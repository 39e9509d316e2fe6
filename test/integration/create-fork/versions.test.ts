import { expect, test } from 'vitest'
import { createStandby, type MajorVersion, waitForReplay } from '../../support/cluster/index.ts'
import { expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { byExtent } from '../../support/extent.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { expectBalanced, startLoad } from '../../support/load/index.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** 15, with which all other tests run, has nothing new to tell. */
const versions: readonly MajorVersion[] = byExtent(['10'], ['10', '15', '18'])

for (const version of versions) {
  const settings = { wal_level: 'logical', archive_mode: 'on', archive_command: 'false', max_connections: 150 }
  await describeOn('btrfs', { version, settings }, (bench) => {
    test(`PostgreSQL ${version}: forks under load hold every acknowledged commit, each on a timeline of its own`, async () => {
      const { source } = bench
      await source.query(`SELECT pg_create_physical_replication_slot('physical', true);
        SELECT pg_create_logical_replication_slot('logical', 'pgoutput')`)
      await using load = await startLoad(source, { clients: 4, scale: 1 })
      await using oracle = await startOracle(source, { writers: 4 })
      await using first = await consistentFork()
      await using second = await consistentFork()
      expect([first.timeline, second.timeline, first.sourceTimeline]).toEqual([2, 3, 1])
      for (const fork of [first, second]) {
        expect(await query(fork, 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS line')).toEqual([
          { line: `0000000${fork.timeline}` },
        ])
        expect(await query(fork, 'SELECT slot_name FROM pg_replication_slots')).toEqual([])
        expect(await query(fork, 'SHOW archive_mode')).toEqual([{ archive_mode: 'off' }])
      }
      await oracle.stop()
      await load.stop()

      async function consistentFork() {
        const acknowledged = oracle.acknowledged()
        const fork = await bench.fork()
        const issued = oracle.issued()
        await expectHolds(fork, acknowledged, issued, expectBalanced)
        return fork
      }
    })

    test(`PostgreSQL ${version}: a fork stops, starts, also by hand, and resets, and keeps out of its source`, async () => {
      const { source } = bench
      await source.query('CREATE TABLE aged (id int PRIMARY KEY); INSERT INTO aged VALUES (1)')
      await using fork = await bench.fork({ settings: { work_mem: '9MB' } })
      const ids = () => query(fork, 'SELECT id FROM aged ORDER BY id')
      await query(fork, 'INSERT INTO aged VALUES (2)')
      await fork.stop()
      await startByHand(source, fork)
      expect(await ids()).toEqual([{ id: 1 }, { id: 2 }])
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '9MB' }])
      expect(await query(fork, 'SHOW port')).toEqual([{ port: String(fork.port) }])
      await fork.stop()
      await fork.start()
      await query(fork, 'VACUUM FULL aged')
      await fork.reset()
      expect(await ids()).toEqual([{ id: 1 }])
      await query(fork, 'DROP TABLE aged')
      expect(await source.query('SELECT id FROM aged')).toEqual([{ id: 1 }])
    })

    test(`PostgreSQL ${version}, H22, H40: a fork of a standby is a primary, and its primary sees no change`, async () => {
      const { source } = bench
      const directory = await bench.directory('standby')
      await using standby = await createStandby(source, { directory, slot: 'standby' })
      bench.watch(standby)
      const state = () =>
        source.query(
          `SELECT pid, state, slot_name FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid`,
        )
      const before = await state()
      expect(before).toHaveLength(1)
      await source.query('CREATE TABLE stood (id int)')
      await waitForReplay(source, standby)
      await using fork = await bench.fork({ source: standby.dataDirectory })
      expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 2])
      await query(fork, 'INSERT INTO stood VALUES (1)')
      await source.query('INSERT INTO stood VALUES (2)')
      await waitForReplay(source, standby)
      expect(await query(fork, 'SELECT id FROM stood')).toEqual([{ id: 1 }])
      expect(await standby.query('SELECT id FROM stood')).toEqual([{ id: 2 }])
      expect(await state()).toEqual(before)
    })
  })
}
