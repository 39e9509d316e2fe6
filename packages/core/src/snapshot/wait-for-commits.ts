import { performance } from 'node:perf_hooks'
import type { Client } from 'pg'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { waitAtMost } from '../process/wait-until.ts'
import { isFlushed, longestFlushMs, usualFlushMs } from './wait-for-wal.ts'

interface Look {
  readonly flushed: number
  /** Undefined in between two waits, and where a role may not know. */
  readonly writerWaitsFor: string | undefined
}

/**
 * Waits for what had been committed with `synchronous_commit=off` where no checkpoint brings it to the files (H146): as long as such a commit may
 * take, three rounds of the WAL writer (manual, "Asynchronous Commit"), in which the time that a disk takes for a round doesn't count. What isn't
 * flushed by then is no commit: a server has no reason to flush what a reader has written, by pruning for example. A role that may not see
 * whether the WAL writer is at work waits for that as well, which takes a server some 15 s: its next record of the transactions under way.
 *
 * @param asked where the WAL ended when the source was inspected
 */
export async function waitForCommits(
  operation: Operation,
  { client, inspection }: InspectedSource,
  asked: string | undefined,
): Promise<void> {
  if (client === undefined || asked === undefined) return
  const inserted = parseLocation(asked)
  const longestIdleMs = 3 * (await askPause(client)) + usualFlushMs
  let last: Look | undefined
  let idleSince = performance.now()
  const isOver = async (): Promise<boolean> => {
    const look = await lookAtWriter(client)
    if (isFlushed(look.flushed, inserted, inspection)) return true
    const now = performance.now()
    if (isAtWork(look, last)) idleSince = now
    last = look
    return now - idleSince > longestIdleMs
  }
  const { signal } = operation
  const options = { what: 'A flush of WAL', timeoutMs: longestFlushMs, signal }
  if ((await waitAtMost(isOver, options)) === undefined)
    operation.warn(
      `What was committed with synchronous_commit=off right before may not be in the fork: the source did not flush all of its WAL within ${longestFlushMs / 1000} s.`,
    )
}

/** Whether anybody is about it, or nobody knows. */
const isAtWork = ({ flushed, writerWaitsFor }: Look, last: Look | undefined): boolean =>
  writerWaitsFor !== 'WalWriterMain' || (last !== undefined && flushed > last.flushed)

/** How long the WAL writer pauses between its rounds. */
async function askPause(client: Client): Promise<number> {
  const { rows } = await client.query<{ pauseMs: number }>(
    `select setting::int as "pauseMs" from pg_settings where name = 'wal_writer_delay'`,
  )
  return rows[0]?.pauseMs ?? 0
}

async function lookAtWriter(client: Client): Promise<Look> {
  const { rows } = await client.query<{ flushed: string; waitsFor: string | null }>(
    `select pg_current_wal_flush_lsn()::text as flushed,
            (select wait_event from pg_stat_get_activity(null) where backend_type = 'walwriter') as "waitsFor"`,
  )
  const [row] = rows
  return { flushed: parseLocation(row?.flushed ?? ''), writerWaitsFor: row?.waitsFor ?? undefined }
}
