import type { Directory } from '../../files/directory.ts'
import { readBackupLabel, startLocationOf } from '../files/backup-label.ts'
import type { ControlData } from '../files/control-data.ts'
import { parseLocation } from '../files/location.ts'
import { recoveredTimeline } from '../files/newest-timeline.ts'
import { segmentsOf } from '../files/timeline-history.ts'
import { readRecords } from '../wal/read-records.ts'
import { SegmentFiles } from '../wal/segment-files.ts'
import type { WalRecord } from '../wal/wal-record.ts'
import { chooseHistory } from './choose-history.ts'

export interface SnapshotWal {
  readonly timeline: number
  /** Where recovery begins. */
  readonly start: number
  /** The first location at which the snapshot's files agree with each other. */
  readonly earliest: number
}

/** What is recorded of a snapshot. */
interface KnownEnds {
  /** Of the base backup that its files are of. */
  readonly backupEnd: string | undefined
  /** Up to where the source's WAL was flushed right after it was taken: its files need no more than that. */
  readonly flushed: number | undefined
}

/** Where the recovery of a snapshot's files begins, and up to where it must go. */
export async function readSnapshotWal(
  dataDirectory: Directory,
  wal: Directory,
  control: ControlData,
  { backupEnd, flushed }: KnownEnds,
): Promise<SnapshotWal> {
  const label = readBackupLabel(dataDirectory)
  const start = parseLocation((label && startLocationOf(label)) ?? control.redoLocation)
  const timeline = recoveredTimeline(control)
  if (backupEnd !== undefined) return { timeline, start, earliest: parseLocation(backupEnd) }
  // A standby may have received much that it hasn't replayed.
  const minimum = parseLocation(control.minimumRecoveryLocation)
  if (minimum > 0 && !control.awaitsBackupEnd) return { timeline, start, earliest: minimum }
  const { walSegmentBytes: segmentBytes } = control
  const { history } = chooseHistory([wal], timeline, start)
  await using segments = new SegmentFiles({
    directories: [wal],
    segmentBytes,
    isOfHistory: segmentsOf(history, segmentBytes),
  })
  let earliest = start
  const visit = ({ end }: WalRecord): void => {
    earliest = end
  }
  await readRecords({ segments, start, visit })
  // Its WAL may have more, which was written and not flushed yet.
  return { timeline, start, earliest: Math.min(earliest, flushed ?? earliest) }
}
