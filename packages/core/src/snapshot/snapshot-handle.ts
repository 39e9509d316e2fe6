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
  return { ...factsOf(record), destroy, [Symbol.asyncDispose]: destroy }
}

function factsOf(record: SnapshotRecord): Omit<ClusterSnapshot, 'destroy' | typeof Symbol.asyncDispose> {
  const { name, createdAt, copies, isRebuilt, consistency, source } = record
  const { dataDirectory, major, systemIdentifier, timeline } = source
  const known = { consistency, dataDirectory, major, systemIdentifier, timeline }
  const unknown = {
    ...{ consistency: undefined, dataDirectory: undefined, major: undefined, systemIdentifier: undefined },
    timeline: undefined,
  }
  return {
    kind: 'snapshot',
    name,
    createdAt: new Date(createdAt),
    drivers: [...new Set(copies.map(({ driver }) => driver))],
    copyOnWrite: copies.every(({ volume }) => volume.copyOnWrite),
    ...(isRebuilt === true ? unknown : known),
    isOfHistory: record.history !== undefined,
    isForkable: isRebuilt !== true,
  }
}
