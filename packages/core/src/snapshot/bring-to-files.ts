import type { Operation } from '../operation/operation.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import type { SpaceThresholds } from './check-space.ts'
import { checkpointPays, hasNewTablespace, type PromotedFork } from './checkpoint-pays.ts'
import { checkpointSource } from './checkpoint-source.ts'
import { keepingHistory } from './keep-history.ts'
import { waitForCommits } from './wait-for-commits.ts'
import { waitForWal } from './wait-for-wal.ts'

export interface BringToFilesRequest {
  readonly source: InspectedSource
  /** Name of the history that the snapshot is taken for. */
  readonly history?: string
  /** undefined: where it pays and is possible. */
  readonly checkpoint: boolean | undefined
  /** What is to be made of the snapshot; undefined for forks of any kind. */
  readonly promotedFork?: PromotedFork | undefined
  readonly spaceThresholds: SpaceThresholds
}

/**
 * Sees that the files of a source which runs hold what had been committed when it was inspected: by a checkpoint where that pays, and by waiting
 * for a flush of its WAL where there is none (H146). Step `checkpoint`.
 */
export async function bringToFiles(operation: Operation, request: BringToFilesRequest): Promise<void> {
  const { source, history, checkpoint, promotedFork } = request
  const { inspection } = source
  const asked = inspection.insertPosition
  if (history !== undefined) {
    // After a checkpoint the source gives up WAL, and what a fork of a history replays is seldom what its snapshot lacks.
    if (hasNewTablespace(inspection)) await makeCheckpoint(operation, request)
    return
  }
  const mayWait = checkpoint === undefined && !checkpointPays(inspection, promotedFork)
  if (mayWait && (await waitForWal(operation, source, { asked }))) return
  if (checkpoint !== false && (await makeCheckpoint(operation, request))) return
  // A standby has replayed nothing that it hasn't flushed before.
  if (!inspection.isStandby) await waitForCommits(operation, source, asked)
}

function makeCheckpoint(
  operation: Operation,
  { source, checkpoint, spaceThresholds }: BringToFilesRequest,
): Promise<boolean> {
  return operation.steps.run('checkpoint', () =>
    keepingHistory(operation, source.inspection, spaceThresholds, () =>
      checkpointSource(operation, source, checkpoint === true),
    ),
  )
}
