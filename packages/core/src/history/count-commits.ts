import { segmentsOf } from '../postgres/files/timeline-history.ts'
import type { OpenedWal } from '../postgres/moment/open-wal.ts'
import { findFirstRecord } from '../postgres/wal/first-record.ts'
import { readRecords } from '../postgres/wal/read-records.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { dateOf } from '../postgres/wal/timestamps.ts'
import { readTransactionEnd } from '../postgres/wal/transaction-end.ts'
import type { Stretch } from './coverage.ts'
import { locationOf } from './history-snapshots.ts'

/** How many transactions were committed in a minute of the source's clock. */
export interface CommitsOfMinute {
  /** When it begins. */
  readonly minute: Date
  readonly commits: number
}

/** How many transactions were committed in each minute, as far as they were counted. */
export interface CommitCount {
  /** Those in which there were any; the oldest first. */
  readonly minutes: readonly CommitsOfMinute[]
  /** The first minute of which all is counted, as far as there is WAL; undefined where nothing is. */
  readonly from: Date | undefined
}

export interface CountCommitsRequest {
  readonly stretches: readonly Stretch[]
  readonly wal: OpenedWal
  readonly segmentBytes: number
  readonly major: number
  readonly signal: AbortSignal | undefined
}

/** So much WAL is read, which takes about a second. */
const mostBytes = 512 * 1024 * 1024
const minuteMicroseconds = 60_000_000n

/** Counts the commits in the newest WAL. What a record says isn't proved by its checksum: it is for people to look at. */
export async function countCommits(request: CountCommitsRequest): Promise<CommitCount> {
  const counter = new MinuteCounter()
  let left = mostBytes
  for (const stretch of [...request.stretches].reverse()) {
    const first = locationOf(stretch.snapshots[0] as Stretch['snapshots'][number])
    const start = Math.max(first, stretch.to - left)
    await countFrom(start, start === first, stretch, request, counter)
    left -= stretch.to - start
    if (left <= 0) return counter.count(true)
  }
  return counter.count(false)
}

async function countFrom(
  start: number,
  isRecord: boolean,
  { history, snapshots, to }: Stretch,
  { wal, segmentBytes, major, signal }: CountCommitsRequest,
  counter: MinuteCounter,
): Promise<void> {
  await using segments = new SegmentFiles({
    directories: wal.directories,
    segmentBytes,
    systemIdentifier: snapshots[0]?.source.systemIdentifier,
    isOfHistory: segmentsOf(history, segmentBytes),
  })
  const record = isRecord ? start : await findFirstRecord(segments, Math.floor(start / segmentBytes))
  if (record === undefined) return
  await readRecords({
    ...{ segments, start: record, until: to, checksums: false, signal },
    visit: (each) => {
      const end = readTransactionEnd(each, major)
      if (end?.kind === 'commit') counter.add(end.time)
    },
  })
}

class MinuteCounter {
  readonly #minutes = new Map<bigint, { commits: number }>()
  #last: { readonly from: bigint; readonly of: { commits: number } } | undefined

  add(time: bigint): void {
    const last = this.#last
    if (last !== undefined && time >= last.from && time < last.from + minuteMicroseconds) {
      last.of.commits++
      return
    }
    const minute = time / minuteMicroseconds
    const of = this.#minutes.get(minute) ?? { commits: 0 }
    this.#minutes.set(minute, of)
    this.#last = { from: minute * minuteMicroseconds, of }
    of.commits++
  }

  /** @param isCut the oldest minute is counted in part, and left out */
  count(isCut: boolean): CommitCount {
    const minutes = [...this.#minutes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([minute, { commits }]) => ({ minute: dateOf(minute * minuteMicroseconds), commits }))
    const whole = isCut && minutes.length > 1 ? minutes.slice(1) : minutes
    return { minutes: whole, from: whole[0]?.minute }
  }
}
