import type { Fork } from '@pgfork/core'
import pg from 'pg'
import { expect } from 'vitest'
import type { Cluster } from '../cluster/index.ts'
import {
  createPgbenchTables,
  expectBalanced,
  type Load,
  type LoadResult,
  type PgbenchOptions,
  readBalances,
  startLoad,
  startPgbench,
} from '../load/index.ts'
import { query } from '../query.ts'
import { waitUntil } from '../wait-until.ts'

const beforeForking = 'master before forking'

/** The article's session, with a load on the source that must meet no error. Returns how the load fared. */
export async function retellArticle(
  source: Cluster,
  makeFork: () => Promise<Fork>,
  { rate, ...loadOptions }: PgbenchOptions,
): Promise<LoadResult> {
  await source.query(`CREATE TABLE tracking (id int PRIMARY KEY, state text, changed timestamptz DEFAULT now(), note text);
    INSERT INTO tracking VALUES (1, '${beforeForking}', now(), 'as of the fork')`)
  const [row] = await source.query('SELECT * FROM tracking')
  await createPgbenchTables(source, 1)
  await using load =
    rate === undefined ? await startLoad(source, loadOptions) : await startPgbench(source, { ...loadOptions, rate })
  await untilTransactions(load, 200)

  await using fork = await makeFork()
  const forkedAt = Date.now()
  const connected = new pg.Client(fork.connection)
  await connected.connect()
  try {
    // The fork holds the source's row as of the fork, and can be changed; the source doesn't see that.
    expect((await connected.query('SELECT * FROM tracking')).rows).toEqual([row])
    await connected.query(`UPDATE tracking SET state = 'fork1 after forking'`)
    await source.query(`UPDATE tracking SET note = 'master went on'`)
    expect(await source.query('SELECT state, note FROM tracking')).toEqual([
      { state: beforeForking, note: 'master went on' },
    ])
    expect((await connected.query('SELECT * FROM tracking')).rows).toEqual([{ ...row, state: 'fork1 after forking' }])

    // pgbench's transactions are there whole; no more of them come in, while the source's go on.
    const balances = await expectBalanced(connected)
    expect(balances.transactions).toBeGreaterThanOrEqual(200n)
    await untilTransactionsSince(load, forkedAt, 200)
    expect(await readBalances(connected)).toEqual(balances)
  } finally {
    await connected.end()
  }

  expect(fork.sourceTimeline).toBe(1)
  expect(fork.timeline).toBe(2)
  expect(await timelineOf(source.query)).toBe(1)
  expect(await timelineOf((sql) => query(fork, sql))).toBe(2)
  expect(
    (await query<{ id: string }>(fork, 'SELECT system_identifier::text AS id FROM pg_control_system()'))[0]?.id,
  ).toBe(fork.systemIdentifier)

  const result = await load.stop()
  expect(result.transactions).toBeGreaterThan(400)
  await expectBalanced(await source.client())
  await source.query('DROP TABLE tracking')
  return result
}

async function timelineOf(ask: (sql: string) => Promise<{ file?: string }[]>): Promise<number> {
  const [row] = await ask('SELECT pg_walfile_name(pg_current_wal_lsn()) AS file')
  return Number.parseInt(row?.file?.slice(0, 8) ?? '', 16)
}

const untilTransactions = (load: Load, count: number) => untilTransactionsSince(load, 0, count)

function untilTransactionsSince(load: Load, sinceMs: number, count: number): Promise<true> {
  return waitUntil(async () => (await load.samples()).filter(({ endMs }) => endMs > sinceMs).length >= count, {
    timeoutMs: 60_000,
    what: `${count} transactions`,
    pauseMs: 50,
  })
}
