import { PgforkError } from '../errors/pgfork-error.ts'
import type { Directory } from '../files/directory.ts'
import { formatLocation } from '../postgres/files/location.ts'
import { haveSameRecords } from '../postgres/wal/same-records.ts'
import type { KeptSegment } from './kept-segments.ts'
import type { NamedSegment } from './live-segments.ts'

interface DivergenceRequest {
  readonly wal: Directory
  readonly folder: Directory
  readonly kept: readonly KeptSegment[]
  /** What the source has written, in its order. */
  readonly written: readonly NamedSegment[]
  readonly segmentBytes: number
  /** Up to this location, no crash of the source takes anything back. */
  readonly flushed: number
}

/**
 * That the source goes on from what is kept of it. After an older state was put in its place without a new timeline, it writes other WAL
 * under the same names, and a history of both would be of neither. What a crash cut off doesn't count: only whole records do, and of the
 * segment that was still being written only those that had been flushed. What was copied beyond that may be gone after a power failure.
 *
 * @returns the name of the kept segment of which that is so: it must be copied anew before the next snapshot tells that more was flushed
 * @throws PgforkError `HISTORY_DIVERGED`
 */
export async function refuseDiverged(request: DivergenceRequest): Promise<string | undefined> {
  const { wal, folder, kept, written, segmentBytes, flushed } = request
  const newest = written.at(-1)
  const last = [...kept].sort((one, other) => (one.name < other.name ? 1 : -1))[0]
  if (newest === undefined || last === undefined) return undefined
  const start = last.number * segmentBytes
  if (last.timeline > newest.timeline) throw diverged(start, 'it is on an older timeline again')
  if (last.timeline < newest.timeline) return undefined
  if (last.number > newest.number) {
    if (last.isComplete || start < flushed) throw diverged(start, 'it has not come so far')
    return undefined
  }
  if (!written.some(({ name }) => name === last.name)) return undefined
  const until = last.isComplete ? start + segmentBytes : flushed
  if (!(await haveSameRecords(folder, wal, last, segmentBytes, until)))
    throw diverged(start, 'it has other records there')
  return last.isComplete || (await haveSameRecords(folder, wal, last, segmentBytes)) ? undefined : last.name
}

export const diverged = (location: number, reason: string): PgforkError =>
  new PgforkError(
    'HISTORY_DIVERGED',
    `The source does not go on from the WAL that is kept of it (at ${formatLocation(location)}: ${reason}): an older state was put in its ` +
      'place. Forks of the moments so far are still possible. To begin anew, remove its history.',
    { hazard: 'H79', facts: { location: formatLocation(location), reason } },
  )
