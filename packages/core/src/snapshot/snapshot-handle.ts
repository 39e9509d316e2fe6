import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { withNameLock } from '../records/name-lock.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { ClusterSnapshot } from './cluster-snapshot.ts'
import { removeSnapshot } from './remove-snapshot.ts'

/** The object through which a caller holds a snapshot. */
export function snapshotHandle(record: SnapshotRecord, options: OperationOptions): ClusterSnapshot {
  // The signal was for making it; destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...rest } = options
  const destroy = async (): Promise<void> => {
    const operation = await startOperation(rest)
    await withNameLock(operation, record.name, () => removeSnapshot(operation, record))
  }
  return { kind: 'snapshot', name: record.name, record, destroy, [Symbol.asyncDispose]: destroy }
}
