import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { formatLocation } from '../files/location.ts'
import { segmentsOf, type TimelineHistory } from '../files/timeline-history.ts'
import { followsOn } from '../wal/page-header.ts'
import { readParameterChange } from '../wal/parameter-change.ts'
import { type PreparedFile, PreparedTransactions } from '../wal/prepared-transactions.ts'
import { readRecords } from '../wal/read-records.ts'
import type { RecoveryNeeds } from '../wal/recovery-needs.ts'
import { SegmentFiles } from '../wal/segment-files.ts'
import { readTablespaceCreation } from '../wal/tablespace-creation.ts'
import { readTransactionEnd } from '../wal/transaction-end.ts'
import { type Commit, type CommitRecord, commitOf } from './commit.ts'
import { walUsedAgain } from './moment-errors.ts'

export interface ReadThroughRequest {
  /** The fork's own. */
  readonly wal: Directory
  readonly segmentBytes: number
  readonly systemIdentifier: string
  readonly history: TimelineHistory
  readonly start: number
  readonly stop: number
  readonly major: number
  /** Prepared transactions that the snapshot has. */
  readonly prepared: readonly PreparedFile[]
  /** What the source allowed when the snapshot was taken. */
  readonly maxPreparedTransactions: number
  /** If it is known. */
  readonly lastCommit: Commit | undefined
  /** Nothing may have been committed after this time; in microseconds since 2000-01-01 UTC. */
  readonly latest: bigint | undefined
  readonly signal: AbortSignal | undefined
}

export interface ReadWal {
  readonly needs: RecoveryNeeds
  /** The last commit before `stop`, if there is one behind `start`. */
  readonly lastCommit: Commit | undefined
}

/**
 * Reads what the fork's recovery will read, before a server is started: that it leads to the moment, since the source may have used a
 * segment again while it was copied, and that recovery takes it.
 *
 * @throws PgforkError `MOMENT_NOT_COVERED` (H107 as well), `LAYOUT_REFUSED` (H1), `SETTING_REFUSED` (H15)
 */
export async function readThrough(request: ReadThroughRequest): Promise<ReadWal> {
  const { wal, segmentBytes, systemIdentifier, history, start, stop, major, latest, signal } = request
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes,
    systemIdentifier,
    isOfHistory: segmentsOf(history, segmentBytes),
  })
  let refusal: PgforkError | undefined
  let { maxPreparedTransactions: preparedTransactions } = request
  let tracksCommitTimestamps: boolean | undefined
  let last: CommitRecord | undefined
  const prepared = new PreparedTransactions(major, request.prepared)
  const areCommitsNeeded = latest !== undefined || request.lastCommit === undefined
  const end = await readRecords({
    segments,
    start,
    signal,
    // They were looked at when the moment was found. What the source writes into a segment that it uses again has other page addresses.
    checksums: false,
    visit: (record) => {
      const { location } = record
      const path = readTablespaceCreation(record, major)
      if (path !== undefined) refusal = tablespaceMade(path, formatLocation(location))
      const change = readParameterChange(record, major)
      if (change !== undefined) {
        if (change.isMinimal) refusal = minimalOnTheWay(formatLocation(location))
        preparedTransactions = Math.max(preparedTransactions, change.maxPreparedTransactions)
        tracksCommitTimestamps = change.tracksCommitTimestamps
      }
      prepared.visit(record)
      const ended = areCommitsNeeded ? readTransactionEnd(record, major) : undefined
      if (ended?.kind === 'commit') {
        last = { end: ended, location }
        if (ended.time > (latest ?? ended.time)) refusal ??= committedLater(last, stop)
      }
      return refusal === undefined
    },
  })
  if (refusal !== undefined) throw refusal
  if (end.location >= stop || followsOn(end.location, stop)) {
    const needs = { preparedTransactions, locks: prepared.mostLocks, tracksCommitTimestamps }
    return { needs, lastCommit: request.lastCommit ?? commitOf(last) }
  }
  const { reason } = end
  const location = formatLocation(end.location)
  throw walUsedAgain(stop, `it ended at ${location} (${reason})`, { end: location, reason })
}

/** The clock was set back before the snapshot was taken, whose own time doesn't tell. */
function committedLater(commit: CommitRecord, stop: number): PgforkError {
  const { transaction, time, location } = commitOf(commit) as Commit
  return new PgforkError(
    'MOMENT_NOT_COVERED',
    `The snapshot that was taken last before that time holds transaction ${transaction}, which was committed at ${time} (at ${location} of the ` +
      "WAL): the source's clock was set back. Give the moment as a transaction or a location, which history changes tells.",
    { hazard: 'H107', facts: { transaction, time, location, stop: formatLocation(stop) } },
  )
}

const tablespaceMade = (path: string, location: string): PgforkError =>
  new PgforkError(
    'LAYOUT_REFUSED',
    `Between the snapshot and the moment, the source made a tablespace in ${path} (at ${location} of its WAL). By replaying that, ` +
      'the fork would use the same directory. Use a snapshot that was taken afterwards, or a moment before it.',
    { hazard: 'H1', facts: { path, location } },
  )

const minimalOnTheWay = (location: string): PgforkError =>
  new PgforkError(
    'SETTING_REFUSED',
    `Between the snapshot and the moment, wal_level was minimal on the source (from ${location} of its WAL on), of which PostgreSQL ` +
      'recovers nothing. Use a snapshot that was taken afterwards, or a moment before it.',
    { hazard: 'H15', facts: { location } },
  )
