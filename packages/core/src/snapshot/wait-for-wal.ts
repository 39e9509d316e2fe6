import type { Client } from 'pg'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import { longPageHeaderBytes, usualPageBytes } from '../postgres/wal/page-header.ts'
import { waitAtMost } from '../process/wait-until.ts'

/** The WAL writer is at it after `wal_writer_delay`, 200 ms by default, and commits that wait for their flush take others' along. */
const timeoutMs = 250

interface Positions {
  readonly inserted: string
  readonly flushed: string
}

/**
 * Waits until all that had been committed when it is asked is in the files of the WAL, from which a fork recovers: commits with
 * `synchronous_commit=off` get there a moment later (manual, "Asynchronous Commit"), and a checkpoint that is left out would have taken
 * them along.
 *
 * @param asked where the WAL ended when it was asked already, a moment ago: what a busy source has written since then isn't waited for
 * @returns false if they weren't there soon
 */
export async function waitForWal(operation: Operation, { client }: InspectedSource, asked?: string): Promise<boolean> {
  return client !== undefined && (await flushedUpTo(operation, client, timeoutMs, asked)) !== undefined
}

/** Where a primary's WAL ended when it is asked, or was, once all up to there is in the files. Undefined if it isn't in time. */
export async function flushedUpTo(
  operation: Operation,
  client: Client,
  timeoutMs: number,
  asked?: string,
): Promise<number | undefined> {
  const ask = async () => {
    const positions = 'pg_current_wal_insert_lsn()::text as inserted, pg_current_wal_flush_lsn()::text as flushed'
    const { rows } = await client.query<Positions>(`select ${positions}`)
    return { inserted: parseLocation(rows[0]?.inserted ?? ''), flushed: parseLocation(rows[0]?.flushed ?? '') }
  }
  const first = await ask()
  const inserted = asked === undefined ? first.inserted : parseLocation(asked)
  const end = startsPage(first.flushed, inserted) ? first.flushed : inserted
  if (first.flushed >= end) return end
  const { signal } = operation
  const options = { what: 'A flush of WAL', timeoutMs, signal, longestPauseMs: 10 }
  return (await waitAtMost(async () => (await ask()).flushed >= end, options)) === true ? end : undefined
}

/** The next record comes behind the header of a page that isn't begun yet. */
const startsPage = (flushed: number, inserted: number): boolean =>
  flushed % usualPageBytes === 0 &&
  inserted - flushed <= longPageHeaderBytes &&
  inserted % usualPageBytes === inserted - flushed
