import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { crashAndStart } from '../../support/fork/crash-and-start.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

type Server = Parameters<typeof query>[0]

const idsIn = async (server: Server): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM lines ORDER BY id')).map(({ id }) => id)

const timelineOf = async (server: Server): Promise<number> =>
  Number.parseInt(
    (await query<{ file: string }>(server, 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS file'))[0]?.file.slice(
      0,
      8,
    ) ?? '',
    16,
  )

/** What the control file says: the timeline of the last checkpoint stays the source's until the fork has made one. */
const checkpointTimeline = async (server: Server): Promise<number | undefined> =>
  (await query<{ id: number }>(server, 'SELECT timeline_id AS id FROM pg_control_checkpoint()'))[0]?.id

await describeOn('btrfs', { settings: { max_prepared_transactions: 5 } }, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE lines (id int PRIMARY KEY); CREATE TABLE padding (content text)')
    await bench.source.query(`BEGIN; INSERT INTO lines VALUES (0); PREPARE TRANSACTION 'pending'`)
    await bench.source.query('INSERT INTO lines VALUES (1)')
  })

  /** So that a fork has pages to write, over which its first checkpoint takes its time. */
  const writeMuch = async (server: Server): Promise<void> => {
    await query(server, `INSERT INTO padding SELECT repeat('x', 1000) FROM generate_series(1, 10000)`)
  }

  test('a fork that crashes before its first checkpoint has lost nothing, and stays on its timeline', async () => {
    await bench.source.query('CHECKPOINT')
    await writeMuch(bench.source)
    await using fork = await bench.fork({ checkpoint: false })
    await query(fork, 'INSERT INTO lines VALUES (2)')
    expect(await checkpointTimeline(fork)).toBe(fork.sourceTimeline)
    await crashAndStart(fork)
    expect(await idsIn(fork)).toEqual([1, 2])
    expect(await timelineOf(fork)).toBe(fork.timeline)
    expect(await query(fork, 'SELECT gid FROM pg_prepared_xacts')).toEqual([{ gid: 'pending' }])
    await query(fork, `COMMIT PREPARED 'pending'`)
    await crashAndStart(fork)
    expect(await idsIn(fork)).toEqual([0, 1, 2])
  })

  test('a fork of a fork that has made no checkpoint yet, and a fork of that, hold all, on timelines of their own', async () => {
    await bench.source.query('CHECKPOINT')
    await writeMuch(bench.source)
    await using first = await bench.fork({ checkpoint: false })
    await query(first, 'INSERT INTO lines VALUES (2)')
    expect(await checkpointTimeline(first)).toBe(first.sourceTimeline)
    await using second = await bench.fork({ source: first, checkpoint: false })
    await query(second, 'INSERT INTO lines VALUES (3)')
    expect(await checkpointTimeline(second)).toBe(first.sourceTimeline)
    await using third = await bench.fork({ source: second, checkpoint: false })
    await query(third, 'INSERT INTO lines VALUES (4)')
    await using sibling = await bench.fork({ source: first, checkpoint: false })
    for (const [fork, ids] of [
      [third, [1, 2, 3, 4]],
      [second, [1, 2, 3]],
      [sibling, [1, 2]],
    ] as const) {
      await crashAndStart(fork)
      expect(await idsIn(fork)).toEqual(ids)
      expect(await timelineOf(fork)).toBe(fork.timeline)
    }
    expect(second.sourceTimeline).toBe(first.timeline)
    expect(new Set([first, second, third, sibling].map(({ timeline }) => timeline)).size).toBe(4)
  })

  test('segments that the source keeps for later do not come along, and those of its last checkpoint do', async () => {
    const current = 'SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name'
    const ahead = `SELECT count(*)::int AS ahead FROM pg_ls_waldir() WHERE name > (${current}) AND name ~ '^[0-9A-F]{24}$'`
    // How many a checkpoint renames differs by version.
    for (let round = 0; (await bench.source.query<{ ahead: number }>(ahead))[0]?.ahead === 0; round++) {
      expect(round).toBeLessThan(20)
      await writeMuch(bench.source)
      for (const statement of ['SELECT pg_switch_wal()', 'CHECKPOINT']) await bench.source.query(statement)
    }
    await bench.source.query('INSERT INTO lines VALUES (5)')
    expect((await bench.source.query<{ ahead: number }>(ahead))[0]?.ahead).toBeGreaterThan(0)
    await using fork = await bench.fork({ checkpoint: false, settings: { log_min_messages: 'debug2' } })
    const log = await readFile(join(fork.dataDirectory, 'pgfork', 'server.log'), 'utf8')
    expect(log).not.toMatch(/(recycled|removing) (write-ahead|transaction) log file/)
    expect(await idsIn(fork)).toEqual([1, 5])
    await crashAndStart(fork)
    expect(await idsIn(fork)).toEqual([1, 5])
  })
})
