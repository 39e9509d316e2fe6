import { type OperationOptions, startOperation } from '../operation/operation.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { ClusterSnapshot } from './cluster-snapshot.ts'
import { removeSnapshot } from './remove-snapshot.ts'

/** The object through which a caller holds a snapshot. */
export function snapshotHandle(record: SnapshotRecord, options: OperationOptions): ClusterSnapshot {
  // The signal was for making it; destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...rest } = options
  const destroy = async (): Promise<void> => removeSnapshot(await startOperation(rest), record)
  return { kind: 'snapshot', name: record.name, record, destroy, [Symbol.asyncDispose]: destroy }
}
