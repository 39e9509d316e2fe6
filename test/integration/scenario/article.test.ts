import type { Fork } from '@pgfork/core'
import pg from 'pg'
import { expect, test } from 'vitest'
import { expectBalanced, type Load, readBalances, startLoad } from '../../support/load/index.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { query } from './query.ts'
import { describeOn } from './workbench.ts'

const beforeForking = 'master before forking'

await describeOn('btrfs', {}, (bench) => {
  test('the article: a server under load is forked, both go on by themselves, and the load meets no error', async () => {
    const { source } = bench
    await source.query(`CREATE TABLE tracking (id int PRIMARY KEY, state text, changed timestamptz DEFAULT now(), note text);
      INSERT INTO tracking VALUES (1, '${beforeForking}', now(), 'as of the fork')`)
    const [row] = await source.query('SELECT * FROM tracking')
    await using load = await startLoad(source, { clients: 16, scale: 1 })
    await untilTransactions(load, 200)

    await using fork = await bench.fork()
    const forkedAt = Date.now()
    const connected = await connect(fork)
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

    const { transactions, maxMs } = await load.stop()
    expect(transactions).toBeGreaterThan(400)
    expect(maxMs).toBeLessThan(20_000)
    const client = await source.client()
    await expectBalanced(client)
  })

  test('the handle tells the steps with their times, what was proved, and where the fork is', async () => {
    const events: string[] = []
    await using fork = await bench.fork({
      onProgress: ({ step, status }) => void events.push(`${step} ${status}`),
    })
    const names = [
      'inspect',
      'checkpoint',
      'snapshot',
      'clone',
      'sanitize',
      'timeline',
      'start',
      'prepare',
      'verify',
      'ready',
    ]
    expect(fork.steps.map(({ name }) => name)).toEqual(names)
    expect(events).toEqual(names.flatMap((name) => [`${name} started`, `${name} finished`]))
    for (const { milliseconds } of fork.steps) expect(milliseconds).toBeGreaterThanOrEqual(0)
    expect(fork.verification?.checks.length).toBeGreaterThanOrEqual(9)
    expect(fork.verification?.consistency).toBe('atomic')

    const [facts] = await query(
      fork,
      `SELECT current_setting('data_directory') AS directory, current_setting('port')::int AS port,
              current_setting('unix_socket_directories') AS sockets, current_setting('cluster_name') AS name`,
    )
    expect(facts).toEqual({
      directory: fork.dataDirectory,
      port: fork.port,
      sockets: fork.socketDirectory,
      name: fork.name,
    })
    expect(fork.name).toMatch(/^master-[0-9a-f]{8}$/)
    expect(fork.port).toBeLessThan(32_768)

    const client = new pg.Client(fork.connectionString)
    await client.connect()
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
    await client.end()
  })
})

async function connect(fork: Fork): Promise<pg.Client> {
  const client = new pg.Client(fork.connection)
  await client.connect()
  return client
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
