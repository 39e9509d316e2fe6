import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot } from '@pgfork/core'
import pg from 'pg'
import { beforeEach, expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const mebibyte = 1024 * 1024

/**
 * A checkpoint is made when somebody asks for it, and by nobody else. What the server writes by itself every 15 s is flushed soon, also on a busy
 * machine: a fork would make a checkpoint for it otherwise.
 */
const settings = { checkpoint_timeout: '1h', max_wal_size: '4GB', autovacuum: 'off', wal_writer_delay: '10ms' }

await describeOn('btrfs', { settings, sizeMb: 4096 }, (bench) => {
  const lastCheckpoint = async (): Promise<string | undefined> =>
    (await bench.source.query<{ at: string }>('SELECT redo_lsn::text AS at FROM pg_control_checkpoint()'))[0]?.at

  const walBehind = async (): Promise<number> => {
    const behind = 'SELECT (pg_current_wal_insert_lsn() - redo_lsn)::float8 AS bytes FROM pg_control_checkpoint()'
    return (await bench.source.query<{ bytes: number }>(behind))[0]?.bytes ?? Number.NaN
  }

  const setImages = async (value: string): Promise<void> => {
    await bench.source.query(`ALTER SYSTEM SET full_page_writes = ${value}`)
    await bench.source.query('SELECT pg_reload_conf()')
    await expect.poll(() => bench.source.query('SHOW full_page_writes')).toEqual([{ full_page_writes: value }])
  }

  let number = 0

  /** Each call adds a row, and then WAL until there is that much of it behind the last checkpoint. */
  const writeUntil = async (bytes: number): Promise<void> => {
    await bench.source.query('INSERT INTO lines VALUES ($1)', [++number])
    for (let left = bytes - (await walBehind()); left > 0; left = bytes - (await walBehind()))
      await bench.source.query(`INSERT INTO padding SELECT repeat('x', 1000) FROM generate_series(1, $1::int)`, [
        Math.ceil(left / 1100),
      ])
  }

  /** Whether making such a fork made a checkpoint; the fork must hold all rows either way, and say which it was. */
  async function makesCheckpoint(options: Parameters<typeof bench.fork>[0] = {}): Promise<boolean> {
    const before = await lastCheckpoint()
    await using fork = await bench.fork(options)
    expect((await query(fork, 'SELECT count(*)::int AS lines FROM lines'))[0]).toEqual({ lines: number })
    const isMade = (await lastCheckpoint()) !== before
    expect(fork.steps.some(({ name }) => name === 'checkpoint')).toBe(isMade)
    expect(fork.verification?.warnings).toEqual([])
    return isMade
  }

  beforeEach(async () => {
    number = 0
    await bench.source.query('DROP TABLE IF EXISTS lines, padding')
    await bench.source.query('CREATE TABLE lines (id int PRIMARY KEY); CREATE TABLE padding (content text)')
    // In a later second than the last change of pg_tblspc: in the same one a tablespace might be newer than it (H1).
    const isLater = async (): Promise<boolean> => {
      await bench.source.query('CHECKPOINT')
      const at = 'SELECT extract(epoch FROM checkpoint_time)::float8 * 1000 AS "atMs" FROM pg_control_checkpoint()'
      const [checkpoint] = await bench.source.query<{ atMs: number }>(at)
      return (checkpoint?.atMs ?? 0) > (await stat(join(bench.source.dataDirectory, 'pg_tblspc'))).mtimeMs
    }
    await expect.poll(isLater, { timeout: 10_000 }).toBe(true)
  })

  test('a checkpoint is made by default above 64 MB of WAL, and none below', async () => {
    await writeUntil(56 * mebibyte)
    expect(await makesCheckpoint()).toBe(false)
    await writeUntil(65 * mebibyte)
    expect(await makesCheckpoint()).toBe(true)
    expect(await makesCheckpoint()).toBe(false)
  })

  test("with small shared buffers of the fork's it is made above half of them", async () => {
    const small = { settings: { shared_buffers: '4MB' } }
    await writeUntil(1.5 * mebibyte)
    expect(await makesCheckpoint(small)).toBe(false)
    await writeUntil(2.1 * mebibyte)
    expect(await makesCheckpoint()).toBe(false)
    expect(await makesCheckpoint(small)).toBe(true)
    await writeUntil(2.1 * mebibyte)
    expect(await makesCheckpoint({ settings: { SHARED_BUFFERS: 512 } })).toBe(true)
  })

  test('a source without images of pages in its WAL makes one above 1 MB', async () => {
    await setImages('off')
    try {
      await bench.source.query('CHECKPOINT')
      await writeUntil(0.5 * mebibyte)
      expect(await makesCheckpoint()).toBe(false)
      await writeUntil(1.2 * mebibyte)
      expect(await makesCheckpoint()).toBe(true)
    } finally {
      await setImages('on')
    }
  })

  /** A session whose commits are acknowledged before they are flushed, beside a WAL writer that pauses that long. */
  async function withAsynchronousCommits(delay: string, action: (client: pg.Client) => Promise<void>): Promise<void> {
    await bench.source.query(`ALTER SYSTEM SET wal_writer_delay = '${delay}'`)
    await bench.source.query('SELECT pg_reload_conf()')
    await expect.poll(() => bench.source.query('SHOW wal_writer_delay')).toEqual([{ wal_writer_delay: delay }])
    const client = new pg.Client(bench.source.connection)
    await client.connect()
    try {
      await client.query('SET synchronous_commit = off')
      await action(client)
    } finally {
      await client.end()
      await bench.source.query('ALTER SYSTEM RESET wal_writer_delay')
      await bench.source.query('SELECT pg_reload_conf()')
    }
  }

  const walWriter = async (): Promise<{ pid: number; waitsFor: string | null }> => {
    const writer = `SELECT pid, wait_event AS "waitsFor" FROM pg_stat_activity WHERE backend_type = 'walwriter'`
    return (await bench.source.query<{ pid: number; waitsFor: string | null }>(writer))[0] as never
  }

  test.each([
    ['10s', true],
    ['10ms', false],
  ])('H146: commits that are not flushed yet are in a fork, with a WAL writer every %s', async (delay, isMade) => {
    await withAsynchronousCommits(delay, async (client) => {
      await client.query('INSERT INTO lines VALUES ($1)', [++number])
      expect(await makesCheckpoint()).toBe(isMade)
    })
  })

  test('H146: a commit whose last bytes only are not flushed yet, behind the header of a page, is in a fork', async () => {
    await withAsynchronousCommits('10s', async (client) => {
      // The WAL writer is woken for whole pages, and flushes no more than those, if it hasn't flushed for as long as it pauses.
      const isThere = async () => {
        await commitOver(client, 10, ++number)
        return waitUntil(async () => (await unflushed(client)) === 40, { timeoutMs: 1000, what: 'such a commit' }).then(
          () => true,
          () => false,
        )
      }
      await expect.poll(isThere, { timeout: 60_000 }).toBe(true)
      expect(await makesCheckpoint()).toBe(true)
    })
  })

  const withoutCheckpoint: [string, Parameters<typeof bench.fork>[0], RegExp[]][] = [
    ['that is to be made without a checkpoint', { checkpoint: false }, []],
    ['whose role may make no checkpoint', {}, [/^No checkpoint was made, .* role clerk may not make one\./]],
  ]

  /** Of a source whose newest commits are not flushed yet. Without the option that forbids it a checkpoint is tried, by a role that may make none. */
  async function waitsForCommits(options: Parameters<typeof bench.fork>[0], expected: RegExp[]): Promise<void> {
    const { dataDirectory, socketDirectory: host, port } = bench.source
    const connection = { host, port, user: 'clerk', database: 'postgres' }
    const source = options?.checkpoint === false ? {} : { source: { dataDirectory, connection } }
    const warnings: string[] = []
    await using fork = await bench.fork({
      ...{ ...options, ...source },
      onWarning: (told: string) => void warnings.push(told),
    })
    expect(await query(fork, 'SELECT count(*)::int AS lines FROM lines')).toEqual([{ lines: number }])
    expect(fork.steps.some(({ name }) => name === 'checkpoint')).toBe(expected.length > 0)
    expect(warnings).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
  }

  async function withClerk(action: () => Promise<void>): Promise<void> {
    await bench.source.query('CREATE ROLE clerk LOGIN')
    try {
      await action()
    } finally {
      await bench.source.query('DROP ROLE clerk')
    }
  }

  test.each(withoutCheckpoint)(
    'H146: commits that are not flushed yet are waited for by a fork %s',
    (_, options, expected) =>
      withClerk(() =>
        withAsynchronousCommits('3s', async (client) => {
          // Not that of the same moment in which the WAL writer comes.
          await client.query('INSERT INTO lines VALUES ($1)', [++number])
          await waitUntil(async () => (await unflushed(client)) === 0, { timeoutMs: 10_000, what: 'a flush' })
          await client.query('INSERT INTO lines VALUES ($1)', [++number])
          await waitsForCommits(options, expected)
        }),
      ),
  )

  test.each(withoutCheckpoint)(
    'H146: commits behind a flush that a slow disk takes long for are waited for by a fork %s',
    (_, options, expected) =>
      withClerk(() =>
        withAsynchronousCommits('200ms', async (client) => {
          await using _slow = await slowFlushes(await walWriter())
          await client.query('INSERT INTO lines VALUES ($1)', [++number])
          let looks = 0
          const isFlushing = async () => {
            looks = (await walWriter()).waitsFor === 'WalWriterMain' ? 0 : looks + 1
            return looks > 5
          }
          await waitUntil(isFlushing, { timeoutMs: 30_000, pauseMs: 50, what: 'a flush' })
          await client.query('INSERT INTO lines VALUES ($1)', [++number])
          await waitsForCommits(options, expected)
        }),
      ),
  )

  test('the caller decides otherwise', async () => {
    await writeUntil(65 * mebibyte)
    expect(await makesCheckpoint({ checkpoint: false })).toBe(false)
    expect(await makesCheckpoint({ checkpoint: true })).toBe(true)
    expect(await makesCheckpoint({ checkpoint: true })).toBe(true)
  })

  test('forks that keep their timeline, and snapshots, always have one', async () => {
    await writeUntil(0)
    expect(await makesCheckpoint({ timeline: 'keep' })).toBe(true)
    await writeUntil(0)
    const before = await lastCheckpoint()
    const name = 'checkpointed'
    await using snapshot = await createSnapshot({ ...bench.options, source: bench.source.dataDirectory, name })
    expect(await lastCheckpoint()).not.toBe(before)
    await using fork = await bench.fork({ source: snapshot })
    expect(await query(fork, 'SELECT count(*)::int AS lines FROM lines')).toEqual([{ lines: number }])
  })

  test('a role that may make none is told so where it would pay, and otherwise not', async () => {
    await bench.source.query('CREATE ROLE clerk LOGIN')
    try {
      const { dataDirectory, socketDirectory, port } = bench.source
      const connection = { host: socketDirectory, port, user: 'clerk', database: 'postgres' }
      const warnings: string[] = []
      const options = { source: { dataDirectory, connection }, onWarning: (told: string) => void warnings.push(told) }
      expect(await makesCheckpoint(options)).toBe(false)
      await writeUntil(1 * mebibyte)
      await using _fork = await bench.fork({ ...options, settings: { shared_buffers: '1MB' } })
      expect(warnings).toEqual([expect.stringMatching(/^No checkpoint was made, .* role clerk may not make one\./)])
    } finally {
      await bench.source.query('DROP ROLE clerk')
    }
  })

  test('H1: a tablespace that was made or dropped since the last one would be replayed, so there is a new one', async () => {
    await createTablespace(bench.source, 'space', join(bench.source.dataDirectory, 'space'))
    try {
      await writeUntil(0)
      expect(await makesCheckpoint({ source: bench.source.dataDirectory })).toBe(true)
    } finally {
      await bench.source.query('DROP TABLESPACE space')
    }
    expect(await makesCheckpoint()).toBe(true)
    // Its time is kept in whole seconds.
    await expect.poll(makesCheckpoint, { timeout: 30_000 }).toBe(false)
  })
})

/** As a disk does that is at work for others: longer than the WAL writer's rounds. */
async function slowFlushes({ pid }: { pid: number }): Promise<AsyncDisposable> {
  const words = ['-p', String(pid), '-e', 'trace=fdatasync', '-e', 'inject=fdatasync:delay_enter=8000000']
  const tracer = spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(tracer, 'exit')
  const [told] = await Promise.race([once(tracer.stderr, 'data'), ended])
  expect(String(told)).toContain('attached')
  // It waits for nobody who reads.
  tracer.stderr.resume()
  return {
    async [Symbol.asyncDispose]() {
      tracer.kill('SIGTERM')
      await ended
    },
  }
}

/** Bytes of WAL. */
async function unflushed(client: pg.Client): Promise<number> {
  const bytes = '(pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn())::int AS bytes'
  return (await client.query<{ bytes: number }>(`SELECT ${bytes}`)).rows[0]?.bytes ?? Number.NaN
}

const pageBytes = 8192
/** Of a commit of a transaction that has written one row. */
const commitBytes = 34
/** Of a message's record, of more than 255 bytes, besides the message. */
const messageBytes = 54

/** Commits a line so that the last bytes of its record are the first ones behind the next page's header. */
async function commitOver(client: pg.Client, lastBytes: number, line: number): Promise<void> {
  const wanted = pageBytes - (commitBytes - lastBytes)
  await client.query('BEGIN')
  await client.query('INSERT INTO lines VALUES ($1)', [line])
  for (let attempt = 0; attempt < 50; attempt++) {
    const at = `((pg_current_wal_insert_lsn() - '0/0') % ${pageBytes})::int AS at`
    const gap = wanted - ((await client.query<{ at: number }>(`SELECT ${at}`)).rows[0]?.at ?? 0)
    if (gap === 0) break
    // Short ones are laid out otherwise. The header of the next page is in the way.
    const bytes = gap > 400 ? gap : gap + pageBytes - 24
    await client.query(`SELECT pg_logical_emit_message(false, '', repeat('x', $1))`, [bytes - messageBytes])
  }
  await client.query('COMMIT')
}
