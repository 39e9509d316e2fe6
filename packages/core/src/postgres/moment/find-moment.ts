import type { PgforkError } from '../../errors/pgfork-error.ts'
import { formatLocation } from '../files/location.ts'
import { beforeSegmentHeader, followsOn } from '../wal/page-header.ts'
import type { ReachableMoment } from '../wal/read-end.ts'
import { readRecords, type WalEnd } from '../wal/read-records.ts'
import { readRestorePoint } from '../wal/restore-point.ts'
import type { SegmentFiles } from '../wal/segment-files.ts'
import { formatTimestamp } from '../wal/timestamps.ts'
import { isPreparation, readTransactionEnd, type TransactionEnd } from '../wal/transaction-end.ts'
import type { WalRecord } from '../wal/wal-record.ts'
import { type Commit, type CommitRecord, commitOf } from './commit.ts'
import type { WantedMoment } from './moment.ts'
import { ambiguousMoment, momentMissing, momentTooEarly } from './moment-errors.ts'
import { removalUnderWay } from './removal-under-way.ts'
import { UnfinishedRemovals, unknownBegin } from './unfinished-removals.ts'

export interface FindMomentRequest {
  readonly wanted: WantedMoment
  readonly segments: SegmentFiles
  readonly major: number
  /** Where the recovery of the snapshot begins. */
  readonly start: number
  /** Before this location the snapshot's files don't agree with each other. */
  readonly earliest: number
  /** What was committed after this time stands behind `start` in the WAL; in microseconds since 2000-01-01 UTC. */
  readonly since: bigint
  /** No transaction had this number yet, or a higher one, at `earliest`; if that is known. */
  readonly nextTransaction?: number | undefined
  /** Records that begin here or later aren't looked at. Default: all that there are. */
  readonly until?: number
  /** Default true: as of `readRecords`. */
  readonly checksums?: boolean
  /** Up to when nothing more was committed than the WAL up to this end tells; undefined where nobody knows. */
  completeUntil(end: WalEnd): bigint | undefined
  readonly signal: AbortSignal | undefined
}

export interface FoundMoment {
  /** Where the WAL is cut off: what begins here or later is out. */
  readonly stop: number
  /** The last commit that is in, as far as it is in the WAL since the snapshot's checkpoint. */
  readonly lastCommit: Commit | undefined
  /** The first commit that is out. */
  readonly firstExcluded: Commit | undefined
}

/**
 * Turns a moment into one location in the WAL, by reading it as recovery does. So there are no differences between versions, no time
 * zones, and no server that starts in vain or, before PostgreSQL 13, silently opens at another moment.
 *
 * @throws PgforkError `MOMENT_NOT_COVERED`, `MOMENT_NOT_FOUND`
 */
export async function findMoment(request: FindMomentRequest): Promise<FoundMoment> {
  const search = new Search(request)
  const { segments, start, until, checksums = true, signal } = request
  const limit = until === undefined ? {} : { until }
  const end = await readRecords({
    segments,
    start,
    ...limit,
    checksums,
    signal,
    visit: (record) => search.visit(record),
  })
  return search.finish(end)
}

class Search {
  readonly #request: FindMomentRequest
  #stop: number | undefined
  /** Where the record before the one at hand ends. */
  #previousEnd: number
  #lastCommit: CommitRecord | undefined
  #firstExcluded: CommitRecord | undefined
  /** The last end of a transaction before the earliest moment, and of all. */
  #timeAtEarliest: bigint | undefined
  #lastTime: bigint | undefined
  /** A transaction ended before the wanted time. */
  #isAfterSomething = false
  /** Restore points of the wanted name. */
  readonly #sameNames: string[] = []
  #wasRolledBack = false
  readonly #removals: UnfinishedRemovals
  /** Where the first of those begins that are under way at the moment. */
  #removal: number | undefined
  /** The last record that is in and whose transaction must not get lost: a commit, or a preparation of one. */
  #lastKept: number | undefined

  constructor(request: FindMomentRequest) {
    this.#request = request
    this.#removals = new UnfinishedRemovals(request.major, request.nextTransaction)
    this.#previousEnd = request.start
  }

  /** @returns whether to read on */
  visit(record: WalRecord): boolean {
    const { major, earliest } = this.#request
    const end = readTransactionEnd(record, major)
    if (end !== undefined) {
      this.#lastTime = end.time
      if (record.location < earliest) this.#timeAtEarliest = end.time
    }
    if (this.#stop === undefined && this.#isUnwanted(record, end)) this.#stopAt(this.#previousEnd)
    const removal = this.#removals.visit(record, this.#previousEnd, end)
    if (end?.kind === 'commit') {
      if (this.#stop === undefined) this.#lastCommit = { end, location: record.location }
      else this.#firstExcluded ??= { end, location: record.location }
    }
    if (this.#stop === undefined && (end?.kind === 'commit' || isPreparation(record))) this.#lastKept = record.location
    if (this.#isLastWanted(record, end)) this.#stopAt(record.end)
    // It was marked before the moment, and deleted after it.
    else if (removal !== undefined && this.#firstExcluded === undefined && removal < (this.#stop ?? 0))
      this.#removal ??= removal
    this.#previousEnd = record.end
    // Another restore point of the same name may follow.
    return this.#firstExcluded === undefined || this.#request.wanted.kind === 'restore point'
  }

  async finish(end: WalEnd): Promise<FoundMoment> {
    if (this.#stop === undefined) {
      const stop = this.#stopAtEnd(end)
      if (stop === undefined) throw await this.#missing(end)
      this.#stopAt(stop)
    }
    if (this.#sameNames.length > 1) throw ambiguousMoment(this.#request.wanted, this.#sameNames)
    const { earliest, segments } = this.#request
    const stop = this.#beforeRemovals(this.#stop as number)
    if ((stop < earliest && !followsOn(stop, earliest)) || this.#isTooEarly())
      throw momentTooEarly(this.#request.wanted, this.#earliest)
    return {
      stop: beforeSegmentHeader(stop, segments.segmentBytes),
      lastCommit: commitOf(this.#lastCommit),
      firstExcluded: commitOf(this.#firstExcluded),
    }
  }

  #stopAt(location: number): void {
    if (this.#stop !== undefined) return
    this.#stop = location
    this.#removal = this.#removals.begin
  }

  /** What isn't committed must not have removed anything, and nothing that is may get lost (H104). */
  #beforeRemovals(stop: number): number {
    const begin = this.#removal
    if (begin === undefined) return stop
    if (begin === unknownBegin || begin <= (this.#lastKept ?? -1)) throw removalUnderWay(this.#request.wanted, begin)
    return begin
  }

  /** It is the first record that is out. */
  #isUnwanted({ location }: WalRecord, end: TransactionEnd | undefined): boolean {
    const { wanted } = this.#request
    if (wanted.kind === 'location') return location >= wanted.location
    if (end === undefined) return false
    // As PostgreSQL's `recovery_target_time`, which also heeds transactions that were rolled back.
    if (wanted.kind === 'time') {
      if (end.time <= wanted.time) this.#isAfterSomething = true
      return end.time > wanted.time
    }
    return wanted.kind === 'before' && end.kind === 'commit' && isOf(end, wanted.transaction)
  }

  /** It is the last record that is in. */
  #isLastWanted(record: WalRecord, end: TransactionEnd | undefined): boolean {
    const { wanted, major } = this.#request
    if (wanted.kind === 'restore point') {
      const isNamed = readRestorePoint(record, major)?.name === wanted.name
      if (isNamed) this.#sameNames.push(formatLocation(record.end))
      return isNamed
    }
    if (end === undefined || (wanted.kind !== 'after' && wanted.kind !== 'before')) return false
    const isEnded = isOf(end, wanted.transaction)
    if (isEnded && end.kind === 'abort') this.#wasRolledBack = true
    return isEnded && end.kind === 'commit' && wanted.kind === 'after'
  }

  /** Nothing unwanted follows, as far as is known. */
  #stopAtEnd(end: WalEnd): number | undefined {
    const { wanted, completeUntil } = this.#request
    if (wanted.kind === 'location' && (wanted.location <= end.location || followsOn(end.location, wanted.location)))
      return this.#previousEnd
    return wanted.kind === 'time' && wanted.time <= (completeUntil(end) ?? wanted.time - 1n)
      ? this.#previousEnd
      : undefined
  }

  /** Between the wanted time and the snapshot, transactions may have ended of which the WAL behind its checkpoint says nothing. */
  #isTooEarly(): boolean {
    const { wanted, since } = this.#request
    return wanted.kind === 'time' && wanted.time < since && !this.#isAfterSomething
  }

  get #earliest(): ReachableMoment {
    const { earliest } = this.#request
    return { location: formatLocation(earliest), time: textOf(this.#timeAtEarliest) }
  }

  get #latest(): ReachableMoment {
    return { location: formatLocation(this.#previousEnd), time: textOf(this.#lastTime) }
  }

  async #missing(end: WalEnd): Promise<PgforkError> {
    const { wanted, segments } = this.#request
    const next = await segments.nextAfter(Math.floor(end.location / segments.segmentBytes))
    return momentMissing(wanted, {
      ...{ earliest: this.#earliest, latest: this.#latest, end },
      nextSegment: next?.name,
      wasRolledBack: this.#wasRolledBack,
    })
  }
}

const isOf = ({ transaction, subtransactions }: TransactionEnd, wanted: number): boolean =>
  transaction === wanted || subtransactions.includes(wanted)

const textOf = (time: bigint | undefined): string | undefined =>
  time === undefined ? undefined : formatTimestamp(time)
