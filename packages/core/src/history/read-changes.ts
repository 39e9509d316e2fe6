import { segmentsOf } from '../postgres/files/timeline-history.ts'
import type { WantedMoment } from '../postgres/moment/moment.ts'
import type { OpenedWal } from '../postgres/moment/open-wal.ts'
import { RecordReader } from '../postgres/wal/read-records.ts'
import { SegmentFiles } from '../postgres/wal/segment-files.ts'
import { timestampOf } from '../postgres/wal/timestamps.ts'
import { ChangeCollector, type CommittedChanges } from '../postgres/wal/transaction-changes.ts'
import type { Stretch } from './coverage.ts'
import { type BaseSnapshot, locationOf } from './history-snapshots.ts'

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
    for (let isOver = false; !isOver; ) {
      const batch: CommittedChanges[] = []
      const end = await reader.read((record) => {
        const committed = collector.visit(record)
        if (committed === undefined) return true
        if (to !== undefined && isBehind(committed, to)) isOver = true
        else if (from === undefined || isBehind(committed, from)) batch.push(committed)
        return !isOver && batch.length < batchSize
      })
      if (batch.length > 0) yield batch
      if (end.reason !== 'stopped') isOver = true
    }
  }
}

/** Each stretch from the newest snapshot on that lies before the beginning; those that end before it are left out. */
function startsOf({ stretches, from }: ReadChangesRequest): Stretch[] {
  if (from === undefined) return [...stretches]
  return stretches.flatMap((stretch) => {
    const index = stretch.snapshots.findLastIndex((snapshot) => liesBefore(snapshot, from))
    const isNeeded = index >= 0 || !liesBefore(stretch.snapshots[0] as BaseSnapshot, from)
    return isNeeded ? [{ ...stretch, snapshots: stretch.snapshots.slice(Math.max(0, index)) }] : []
  })
}

const liesBefore = (snapshot: BaseSnapshot, moment: WantedMoment): boolean =>
  moment.kind === 'location'
    ? locationOf(snapshot) <= moment.location
    : moment.kind === 'time' && timestampOf(new Date(snapshot.reached.time)) <= moment.time

const isBehind = ({ location, end }: CommittedChanges, moment: WantedMoment): boolean =>
  moment.kind === 'location' ? location >= moment.location : moment.kind === 'time' && end.time >= moment.time
