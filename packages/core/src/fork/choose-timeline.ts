import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { readControlData } from '../postgres/files/control-data.ts'
import { occupyTimelines } from '../postgres/files/history-files.ts'
import { readNewestTimeline, recoveredTimeline } from '../postgres/files/newest-timeline.ts'
import { requestStandby } from '../postgres/files/recovery-files.ts'
import { dropFutureWal } from '../postgres/sanitize/drop-future-wal.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { LaidOutMoment } from './recover-to-moment.ts'
import { claimEverywhere } from './shared-timelines.ts'

/**
 * Whether the fork gets a timeline of its own. Without archive recovery it keeps its source's.
 *
 * @throws PgforkError `SETTING_REFUSED` for a cluster in recovery that would be opened on its primary's timeline (H40)
 */
export function decideTimeline(operation: Operation, snapshot: SnapshotRecord, wish: 'new' | 'keep'): 'new' | 'keep' {
  const { isStandby, walLevel, awaitsBackupEnd } = snapshot.source
  if (wish === 'keep') {
    if (!isStandby) return 'keep'
    throw new PgforkError(
      'SETTING_REFUSED',
      'A standby, or a cluster in point-in-time recovery, that is opened for writing on the timeline that it follows would be mistaken for ' +
        "its primary, and might hold half-replayed data. Use timeline: 'new'.",
      { hazard: 'H40' },
    )
  }
  if (walLevel === 'minimal') {
    operation.warn(
      "The fork keeps its source's timeline: PostgreSQL refuses archive recovery of WAL written with wal_level=minimal (H15).",
    )
    return 'keep'
  }
  if (awaitsBackupEnd !== true || snapshot.backup !== undefined) return 'new'
  operation.warn(
    "The fork keeps its source's timeline: a crash cut an exclusive backup of the source off, and archive recovery would wait " +
      'for its end in vain (H42). A restore or a standby of the source would, too: look for "Backup start location" in pg_controldata.',
  )
  return 'keep'
}

/**
 * Makes the fork's first start end on a timeline that none of its relatives has. What the copied files know counts, too: the
 * source may have been promoted since it was looked at.
 *
 * @returns that timeline
 */
export async function prepareNewTimeline(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  path: string,
  moment?: LaidOutMoment,
): Promise<number> {
  const { systemIdentifier, newestTimeline, major, walEnd: end } = snapshot.source
  using dataDirectory = Directory.open(path)
  const control = await readControlData(dataDirectory, major)
  const recovered = moment?.moment.timeline ?? recoveredTimeline(control)
  using wal = dataDirectory.openLinked('pg_wal')
  const above = Math.max(newestTimeline, readNewestTimeline(wal, control), moment?.newestTimeline ?? 0)
  const timeline = fork.timeline ?? (await claimEverywhere(operation, fork, systemIdentifier, above))
  occupyTimelines({ dataDirectory, recovered, wanted: timeline }, fork.owner)
  requestStandby(dataDirectory, major, fork.owner, moment?.moment.followed)
  // What is laid out for a moment ends there.
  if (end !== undefined && moment === undefined) dropFutureWal(dataDirectory, end, control.walSegmentBytes)
  return timeline
}
