import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatSettings, writeServerFile } from '../../support/cluster/configuration.ts'
import { testedVersion } from '../../support/cluster/index.ts'
import { startByHand } from '../../support/fork/start-by-hand.ts'
import { query } from '../../support/query.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const idsIn = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM recovered ORDER BY id')).map(({ id }) => id)

await describeOn('btrfs', { settings: { wal_level: 'minimal', max_wal_senders: 0 } }, (bench) => {
  test("H15: a fork of a source with wal_level=minimal keeps its source's timeline, and says so", async () => {
    await bench.source.query('CREATE TABLE recovered (id int PRIMARY KEY); INSERT INTO recovered VALUES (1)')
    const warnings: string[] = []
    await using fork = await bench.fork({ checkpoint: false, onWarning: (message) => void warnings.push(message) })
    expect([fork.sourceTimeline, fork.timeline]).toEqual([1, 1])
    expect(warnings).toEqual([expect.stringContaining('H15')])
    expect(fork.verification?.warnings).toEqual(warnings)
    await query(fork, 'INSERT INTO recovered VALUES (2)')
    expect(await idsIn(fork)).toEqual([1, 2])
    expect(await idsIn(bench.source)).toEqual([1])
    await fork.stop()
    await startByHand(bench.source, fork)
    expect(await idsIn(fork)).toEqual([1, 2])
    await fork.reset()
    expect(await idsIn(fork)).toEqual([1])
  })
})

const marks = await makeWorkFolder('marks')
await giveToServerUser(marks)
afterAll(() => rm(marks, { recursive: true, force: true }))

const version = Number(testedVersion())

/** Before version 12 these stood in recovery.conf, which became recovery.done. */
const leftOver = {
  recovery_target_time: '2001-01-01 00:00:00+00',
  recovery_target_action: 'shutdown',
  recovery_target_inclusive: 'off',
  recovery_target_timeline: '7',
  recovery_min_apply_delay: '1h',
  restore_command: `touch ${marks}/restored; cp ${marks}/%f %p`,
  recovery_end_command: `touch ${marks}/ended`,
  archive_cleanup_command: `touch ${marks}/cleaned`,
  ...(version <= 15 ? { promote_trigger_file: `${marks}/trigger` } : {}),
}

await describeOn('btrfs', { settings: version >= 12 ? leftOver : {} }, (bench) => {
  beforeAll(async () => {
    if (version < 12) await writeServerFile(join(bench.source.dataDirectory, 'recovery.done'), formatSettings(leftOver))
    await bench.source.query('CREATE TABLE recovered (id int PRIMARY KEY); INSERT INTO recovered VALUES (1)')
  })

  test('H16: what a past recovery of the source left in its settings neither stops nor steers its forks', async () => {
    const names = Object.keys(leftOver)
    const values = async (server: Parameters<typeof query>[0]) =>
      (
        await query<{ name: string; setting: string }>(
          server,
          'SELECT name, setting FROM pg_settings WHERE name = ANY ($1) ORDER BY name',
          [names],
        )
      ).map(({ name, setting }) => `${name}=${setting}`)
    if (version >= 12) expect(await values(bench.source)).toContain('recovery_target_timeline=7')

    await using fork = await bench.fork({ checkpoint: false })
    for (const start of ['by createFork', 'by hand']) {
      if (start === 'by hand') {
        await fork.stop()
        await startByHand(bench.source, fork)
      }
      const defaults = [
        'archive_cleanup_command=',
        ...(version <= 15 ? ['promote_trigger_file='] : []),
        'recovery_end_command=',
        'recovery_min_apply_delay=0',
        'recovery_target_action=pause',
        'recovery_target_inclusive=on',
        'recovery_target_time=',
        'recovery_target_timeline=current',
        'restore_command=',
      ]
      expect(await values(fork)).toEqual(version >= 12 ? defaults : [])
    }
    expect(fork.timeline).toBe(2)
    expect(await idsIn(fork)).toEqual([1])
    expect(await readdir(marks)).toEqual([])
  })
})

const generous = {
  max_connections: 321,
  max_worker_processes: 33,
  max_prepared_transactions: 44,
  max_locks_per_transaction: 200,
  max_wal_senders: 22,
  hot_standby: 'on',
}

await describeOn('btrfs', { settings: generous }, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE recovered (id int PRIMARY KEY)')
  })

  test('H17: a fork has fewer connections than its source, and fewer still when its caller says so', async () => {
    {
      await using fork = await bench.fork({ checkpoint: false })
      expect(await query(fork, 'SHOW max_connections')).toEqual([{ max_connections: '100' }])
    }
    const settings = {
      max_connections: 20,
      max_worker_processes: 2,
      max_prepared_transactions: 0,
      max_locks_per_transaction: 64,
      max_wal_senders: 0,
    }
    await using fork = await bench.fork({ checkpoint: false, settings })
    const names = Object.keys(settings)
    const rows = await query<{ name: string; value: number }>(
      fork,
      'SELECT name, setting::int AS value FROM pg_settings WHERE name = ANY ($1)',
      [names],
    )
    expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(settings)
  })

  test('H17: a fork with much to replay is handed out when it writes, not before', async () => {
    const { source } = bench
    await source.query('CHECKPOINT')
    await source.query('INSERT INTO recovered SELECT generate_series(1, 300000)')
    await source.query('UPDATE recovered SET id = id + 1000000')
    await using fork = await bench.fork({ checkpoint: false })
    await query(fork, 'INSERT INTO recovered VALUES (1)')
    expect(await query(fork, 'SELECT count(*)::int AS count, pg_is_in_recovery() AS recovers FROM recovered')).toEqual([
      { count: 300_001, recovers: false },
    ])
  })
})
