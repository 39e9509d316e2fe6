import { performance } from 'node:perf_hooks'
import type { Client } from 'pg'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { waitAtMost } from '../process/wait-until.ts'
import { isFlushed, usualFlushMs } from './wait-for-wal.ts'

/** Of a source whose disk takes that long. */
const longestMs = 35_000

interface Look {
  /** How long the WAL writer pauses between its rounds. */
  readonly pauseMs: number
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
  let last: Look | undefined
  let idleSince = performance.now()
  const isOver = async (): Promise<boolean> => {
    const look = await lookAtWriter(client)
    if (isFlushed(look.flushed, inserted, inspection)) return true
    const now = performance.now()
    if (isAtWork(look, last)) idleSince = now
    last = look
    return now - idleSince > 3 * look.pauseMs + usualFlushMs
  }
  const { signal } = operation
  const options = { what: 'A flush of WAL', timeoutMs: longestMs, signal, longestPauseMs: 10 }
  if ((await waitAtMost(isOver, options)) === undefined)
    operation.warn(
      `What was committed with synchronous_commit=off right before may not be in the fork: the source did not flush all of its WAL within ${longestMs / 1000} s.`,
    )
}

/** Whether anybody is about it, or nobody knows. */
const isAtWork = ({ flushed, writerWaitsFor }: Look, last: Look | undefined): boolean =>
  writerWaitsFor !== 'WalWriterMain' || (last !== undefined && flushed > last.flushed)

async function lookAtWriter(client: Client): Promise<Look> {
  const { rows } = await client.query<{ pauseMs: number; flushed: string; waitsFor: string | null }>(
    `select setting::int as "pauseMs", pg_current_wal_flush_lsn()::text as flushed, writer.wait_event as "waitsFor"
       from pg_settings left join pg_stat_get_activity(null) as writer on writer.backend_type = 'walwriter'
      where name = 'wal_writer_delay'`,
  )
  const [row] = rows
  return {
    pauseMs: row?.pauseMs ?? 0,
    flushed: parseLocation(row?.flushed ?? ''),
    writerWaitsFor: row?.waitsFor ?? undefined,
  }
}
