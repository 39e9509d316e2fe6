import { PgforkError } from '../errors/pgfork-error.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import { withNameLock } from '../records/name-lock.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import type { ClusterSnapshot } from './cluster-snapshot.ts'
import { removeSnapshot } from './remove-snapshot.ts'

/** The object through which a caller holds a snapshot. */
export function snapshotHandle(record: SnapshotRecord, options: OperationOptions): ClusterSnapshot {
  // The signal was for making it; destroying must work after it has fired.
  const { signal: _signal, onProgress: _onProgress, ...rest } = options
  const change = async (action: (operation: Operation) => Promise<void>): Promise<void> => {
    const operation = await startOperation(rest)
    await withNameLock(operation, record.name, () => action(operation))
  }
  const setProtection = (isProtected: boolean): Promise<void> =>
    change(async ({ state }) => {
      const store = snapshotStore(state)
      const current = await store.requireReady(record)
      if (isProtected) refuseOfHistory(current)
      await store.change({ ...current, isProtected })
    })
  const destroy = (): Promise<void> =>
    change(async (operation) => {
      refuseProtected(await snapshotStore(operation.state).findSame(record))
      await removeSnapshot(operation, record)
    })
  return {
    ...factsOf(record),
    protect: () => setProtection(true),
    unprotect: () => setProtection(false),
    destroy,
    [Symbol.asyncDispose]: destroy,
  }
}

function refuseProtected(record: SnapshotRecord | undefined): void {
  if (record?.isProtected !== true) return
  const { name } = record
  throw new PgforkError('SNAPSHOT_PROTECTED', `The snapshot ${name} is protected. Call unprotect() first.`, {
    facts: { name },
  })
}

function refuseOfHistory({ name, history }: SnapshotRecord): void {
  if (history === undefined) return
  throw new PgforkError(
    'INVALID_OPTION',
    `The snapshot ${name} belongs to a history, whose rules say when it goes. To keep that moment, take a snapshot or make a fork of it.`,
    { facts: { name } },
  )
}

type Facts = Omit<ClusterSnapshot, 'protect' | 'unprotect' | 'destroy' | typeof Symbol.asyncDispose>

function factsOf(record: SnapshotRecord): Facts {
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
    isProtected: record.isProtected === true,
  }
}
