import { segmentsOf } from '../postgres/files/timeline-history.ts'
import type { WantedMoment } from '../postgres/moment/moment.ts'
import type { OpenedWal } from '../postgres/moment/open-wal.ts'
import { RecordReader } from '../postgres/wal/read-records.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { ChangeCollector, type CommittedChanges } from '../postgres/wal/transaction-changes.ts'
import type { Stretch } from './coverage.ts'
import { type BaseSnapshot, indexBefore, locationOf, timeOf } from './history-snapshots.ts'

export interface ReadChangesRequest {
  readonly stretches: readonly Stretch[]
  readonly wal: OpenedWal
  readonly segmentBytes: number
  readonly major: number
  /** Times or locations; commits before it, and from it on, are left out. Default: all that there are. */
  readonly from: WantedMoment | undefined
  readonly to: WantedMoment | undefined
  readonly signal: AbortSignal | undefined
}

/** So many transactions are in memory at once. */
const batchSize = 500
/** A transaction takes its time before its commit is in the WAL, where others may come before it. */
const mostLateness = 1_000_000n

/** What was committed, batch by batch, in the order of the WAL. Where the WAL has a gap, it goes on behind that. */
export async function* readChanges(request: ReadChangesRequest): AsyncGenerator<readonly CommittedChanges[]> {
  const { wal, segmentBytes, major, from, to, signal } = request
  for (const { history, snapshots } of startsOf(request)) {
    const collector = new ChangeCollector(major, snapshots[0]?.reached.nextTransaction)
    await using segments = new SegmentFiles({
      directories: wal.directories,
      segmentBytes,
      systemIdentifier: snapshots[0]?.source.systemIdentifier,
      isOfHistory: segmentsOf(history, segmentBytes),
    })
    const reader = new RecordReader({ segments, start: locationOf(snapshots[0] as BaseSnapshot), signal })
    const settled = settledAt(snapshots, to)
    for (let isOver = false; !isOver; ) {
      const batch: CommittedChanges[] = []
      const end = await reader.read((record) => {
        const committed = collector.visit(record)
        if (committed === undefined) return true
        if (to !== undefined && isBehind(committed, to))
          isOver = committed.location >= settled && isBehind(committed, to, mostLateness)
        else if (from === undefined || isBehind(committed, from)) batch.push(committed)
        return !isOver && batch.length < batchSize
      })
      if (batch.length > 0) yield batch
      if (end.reason !== 'stopped') isOver = true
    }
  }
}

/** Each stretch from the last snapshot on that lies before the beginning. */
const startsOf = ({ stretches, from }: ReadChangesRequest): Stretch[] =>
  from === undefined
    ? [...stretches]
    : stretches.map((stretch) => ({ ...stretch, snapshots: stretch.snapshots.slice(startOf(stretch, from)) }))

/** Commits of a time lie behind snapshots of before, and before those of after, whatever the clock did meanwhile (H107). */
function startOf({ snapshots }: Stretch, from: WantedMoment): number {
  const next = snapshots.findIndex((snapshot) => !liesBefore(snapshot, from))
  const older = next < 0 ? snapshots : snapshots.slice(0, next)
  return Math.max(0, from.kind === 'time' ? indexBefore(older, from.time) : older.length - 1)
}

/** Up to here, commits of before the end may follow on commits of after it. */
function settledAt(snapshots: readonly BaseSnapshot[], to: WantedMoment | undefined): number {
  const last = to && snapshots.findLast((snapshot) => liesBefore(snapshot, to))
  return last === undefined ? 0 : locationOf(last)
}

const liesBefore = (snapshot: BaseSnapshot, moment: WantedMoment): boolean =>
  moment.kind === 'location'
    ? locationOf(snapshot) <= moment.location
    : moment.kind === 'time' && timeOf(snapshot) <= moment.time

/** @param lateness how much sooner or later it may have been, in microseconds */
const isBehind = ({ location, end }: CommittedChanges, moment: WantedMoment, lateness = 0n): boolean =>
  moment.kind === 'location'
    ? location >= moment.location
    : moment.kind === 'time' && end.time - lateness >= moment.time
