import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { isReady } from '../records/transitions.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { snapshotHandle } from '../snapshot/snapshot-handle.ts'

/**
 * All finished snapshots of this state directory that `createSnapshot` made, oldest first. Those that belong to a fork are not
 * among them. A record that can't be read is told to `onWarning` and left out.
 *
 * @throws PgforkError `STATE_UNUSABLE` when the directory itself is unusable
 */
export async function listSnapshots(options: OperationOptions = {}): Promise<ClusterSnapshot[]> {
  checkOptions('listSnapshots', options, operationShape)
  const { state, later, warn } = await startOperation(options)
  const records = await snapshotStore(state).list(warn)
  return records
    .filter((record) => isReady(record) && record.isForFork !== true)
    .map((record) => snapshotHandle(record, later))
}
