import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, createStandby, hasRecoveryFile, waitForReplay } from '../../support/cluster/index.ts'
import { expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  let standby: Cluster
  let delayed: Cluster

  beforeAll(async () => {
    await bench.source.query('CREATE TABLE standing (id int PRIMARY KEY); INSERT INTO standing VALUES (1)')
    standby = await createStandby(bench.source, { directory: await bench.directory('standby'), slot: 'standby' })
    delayed = await createStandby(bench.source, { directory: await bench.directory('delayed'), delayMs: 3_600_000 })
  })
  afterAll(async () => {
    await standby?.[Symbol.asyncDispose]()
    await delayed?.[Symbol.asyncDispose]()
  })

  /** What the primary knows of its standbys, as far as it doesn't change by itself. */
  const replication = () =>
    bench.source.query(`SELECT application_name, pid, state, sync_state FROM pg_stat_replication ORDER BY pid`)
  const slots = () =>
    bench.source.query('SELECT slot_name, slot_type, active, active_pid FROM pg_replication_slots ORDER BY slot_name')

  test('H22: a fork of a standby takes neither its slot nor its place, and is a primary of its own', async () => {
    bench.watch(standby)
    const { source } = bench
    await waitForReplay(source, standby)
    const before = [await replication(), await slots()]
    expect(before.map((rows) => rows.length)).toEqual([2, 1])
    {
      await using fork = await bench.fork({ source: standby.dataDirectory })
      expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 2])
      const settings = `SELECT name, setting FROM pg_settings WHERE name LIKE 'primary%' ORDER BY name`
      const facts =
        'SELECT pg_is_in_recovery() AS recovers, (SELECT count(*)::int FROM pg_stat_wal_receiver) AS receivers'
      for (const id of [100, 101]) {
        expect(await query(fork, settings)).toEqual(
          hasRecoveryFile(source)
            ? []
            : [
                { name: 'primary_conninfo', setting: '' },
                { name: 'primary_slot_name', setting: '' },
              ],
        )
        expect(await query(fork, facts)).toEqual([{ recovers: false, receivers: 0 }])
        await query(fork, `INSERT INTO standing VALUES (${id})`)
        await source.query(`INSERT INTO standing VALUES (${id - 50})`)
        await waitForReplay(source, standby)
        if (id === 101) break
        await fork.stop()
        // What is done is recovery.conf's new name.
        const left = (await readdir(fork.dataDirectory)).filter((name) => /\.signal$|^recovery/.test(name))
        expect(left).toEqual(hasRecoveryFile(source) ? ['recovery.done'] : [])
        await startByHand(source, fork)
      }
      expect(await query(fork, 'SELECT id FROM standing ORDER BY id')).toEqual([{ id: 1 }, { id: 100 }, { id: 101 }])
    }
    expect([await replication(), await slots()]).toEqual(before)
    // The standby goes on from where it was, also after a restart, and so does its slot.
    const signal = hasRecoveryFile(source) ? 'recovery.conf' : 'standby.signal'
    expect(await readdir(standby.dataDirectory)).toContain(signal)
    await standby.restart()
    await source.query('INSERT INTO standing VALUES (2)')
    await waitForReplay(source, standby)
    expect(await standby.query('SELECT id FROM standing ORDER BY id')).toEqual([1, 2, 50, 51].map((id) => ({ id })))
    await waitUntil(async () => (await slots())[0]?.active === true, { timeoutMs: 60_000, what: 'active slot' })
  })

  test('H40: each fork of a standby that replays a load is consistent, whatever point it had come to', async () => {
    bench.watch(standby)
    const { source } = bench
    await using oracle = await startOracle(source, { writers: 6, payloadBytes: 500 })
    for (let repetition = 1; repetition <= 5; repetition++) {
      const acknowledged = oracle.acknowledged()
      await waitForReplay(source, standby)
      await using fork = await bench.fork({ source: standby.dataDirectory, checkpoint: repetition % 2 === 0 })
      const issued = oracle.issued()
      await expectHolds(fork, acknowledged, issued)
      // Archive recovery, which goes to the standby's minimum recovery point at least, ends on a timeline of its own.
      expect(await readFile(fork.logFile, 'utf8')).toMatch(/selected new timeline ID: 2\n.*archive recovery complete/)
      expect(await query(fork, 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS line')).toEqual([
        { line: '00000002' },
      ])
      await query(fork, 'INSERT INTO standing VALUES (1000)')
    }
    await oracle.stop()
  })

  test('H41: a fork of a delayed standby also holds what that has received and not replayed, and says so', async () => {
    bench.watch(delayed)
    const { source } = bench
    await source.query('INSERT INTO standing VALUES (7)')
    const [sent] = await source.query<{ position: string }>('SELECT pg_current_wal_lsn()::text AS position')
    await waitUntil(
      async () =>
        (await delayed.query('SELECT WHERE pg_last_wal_receive_lsn() >= $1::pg_lsn', [sent?.position])).length === 1,
      { timeoutMs: 30_000, what: 'receipt by the delayed standby' },
    )
    expect(await delayed.query('SELECT id FROM standing WHERE id = 7')).toEqual([])
    const before = await replication()
    {
      await using fork = await bench.fork({ source: delayed.dataDirectory })
      expect(await query(fork, 'SELECT id FROM standing WHERE id = 7')).toEqual([{ id: 7 }])
      const { sourceReplayPosition, position } = fork.verification ?? {}
      expect(await query(fork, 'SELECT $1::pg_lsn > $2::pg_lsn AS newer', [position, sourceReplayPosition])).toEqual([
        { newer: true },
      ])
    }
    expect(await delayed.query('SELECT id FROM standing WHERE id = 7')).toEqual([])
    expect(await replication()).toEqual(before)
  })

  test("H40: a fork of a standby can't be had on its primary's timeline", async () => {
    await expect(bench.fork({ source: standby.dataDirectory, timeline: 'keep' })).rejects.toMatchObject({
      code: 'SETTING_REFUSED',
      hazard: 'H40',
    })
  })

  test('a stopped standby is forked as it was', async () => {
    bench.watch(standby)
    await waitForReplay(bench.source, standby)
    await standby.stop()
    try {
      await using fork = await bench.fork({ source: standby.dataDirectory })
      expect(fork.timeline).toBe(2)
      expect(await query(fork, 'SELECT id FROM standing WHERE id = 2')).toEqual([{ id: 2 }])
      expect(standby.isRunning()).toBe(false)
    } finally {
      await standby.start()
    }
  })
})
