import type { Client } from 'pg'
import type { Operation } from '../operation/operation.ts'
import { parseLocation } from '../postgres/files/location.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { pageHeaderBytes, usualPageBytes } from '../postgres/wal/page-header.ts'
import { waitAtMost } from '../process/wait-until.ts'

/** The WAL writer is at it after `wal_writer_delay`, 200 ms by default, and commits that wait for their flush take others' along. */
export const usualFlushMs = 250
/** Three rounds of the WAL writer, which may pause for 10 s between them, and longer than others take to have it flushed. */
export const longestFlushMs = 35_000

interface Positions {
  readonly inserted: number
  readonly flushed: number
}

export interface WaitForWalOptions {
  /** Default: `usualFlushMs`. */
  readonly timeoutMs?: number
  /** Where the WAL ended when it was asked already, a moment ago: what a busy source has written since then isn't waited for. */
  readonly asked?: string | undefined
}

/**
 * Waits until all that had been committed when it is asked is in the files of the WAL, from which a fork recovers: commits with
 * `synchronous_commit=off` get there a moment later (manual, "Asynchronous Commit"), and a checkpoint that is left out would have taken
 * them along.
 *
 * @returns false if they weren't there in time, or of a source that isn't connected to
 */
export async function waitForWal(
  operation: Operation,
  source: InspectedSource,
  options: WaitForWalOptions = {},
): Promise<boolean> {
  return (await flushedUpTo(operation, source, options)) !== undefined
}

/** Where a primary's WAL ended when it is asked, or was, once all up to there is in the files. Undefined if it isn't in time. */
export async function flushedUpTo(
  operation: Operation,
  { client, inspection }: InspectedSource,
  { timeoutMs = usualFlushMs, asked }: WaitForWalOptions,
): Promise<number | undefined> {
  if (client === undefined) return undefined
  const first = await askPositions(client)
  const inserted = asked === undefined ? first.inserted : parseLocation(asked)
  const reached = ({ flushed }: Positions): number | undefined =>
    isFlushed(flushed, inserted, inspection) ? Math.min(flushed, inserted) : undefined
  const { signal } = operation
  const options = { what: 'A flush of WAL', timeoutMs, signal, longestPauseMs: 10 }
  return reached(first) ?? (await waitAtMost(async () => reached(await askPositions(client)), options))
}

async function askPositions(client: Client): Promise<Positions> {
  const positions = 'pg_current_wal_insert_lsn()::text as inserted, pg_current_wal_flush_lsn()::text as flushed'
  const { rows } = await client.query<Record<keyof Positions, string>>(`select ${positions}`)
  return { inserted: parseLocation(rows[0]?.inserted ?? ''), flushed: parseLocation(rows[0]?.flushed ?? '') }
}

/** Whether all up to there is in the files of the WAL. */
export const isFlushed = (flushed: number, inserted: number, { control }: Inspection): boolean =>
  flushed >= inserted || startsPage(flushed, inserted, control.walSegmentBytes)

/** The next record comes behind the header of a page that isn't begun yet. One byte more is the end of a record, and may be a commit. */
const startsPage = (flushed: number, inserted: number, segmentBytes: number): boolean =>
  flushed % usualPageBytes === 0 && inserted - flushed === pageHeaderBytes(flushed, segmentBytes)
