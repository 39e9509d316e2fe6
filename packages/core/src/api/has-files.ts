import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'

/**
 * Whether the storage still has all that is recorded of a snapshot, which other tools may have removed.
 *
 * @throws PgforkError `STORAGE_MISSING` while that can't be known, `DRIVER_NOT_FOUND`
 */
export async function hasFiles({ name }: ClusterSnapshot, options: OperationOptions = {}): Promise<boolean> {
  checkOptions('hasFiles', options, operationShape)
  const { state, drivers, driverContext } = await startOperation(options)
  const record = await snapshotStore(state).find(name)
  if (record === undefined) return false
  for (const copy of record.copies) {
    const items = await drivers.list(copy, driverContext())
    if (!items.some((item) => item.kind === 'snapshot' && item.name === copy.name)) return false
  }
  return true
}
