import type { Operation } from '../../operation/operation.ts'
import { hasEnded } from '../../process/process-identity.ts'
import { forkStore } from '../../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { isReady } from '../../records/transitions.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'
import { type Finder, type Removable, unreadable } from './garbage.ts'

/** Snapshots that were never finished, are half removed, or were made for a fork that is not there. */
export const findAbandonedSnapshots: Finder = async (operation) => {
  const store = snapshotStore(operation.state)
  const found: Removable[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      const reason = record === undefined ? undefined : await reasonOf(operation, record)
      if (record !== undefined && reason !== undefined)
        found.push({ kind: 'snapshot', name, reason, remove: () => removeSnapshot(operation, record) })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}

async function reasonOf(operation: Operation, record: SnapshotRecord): Promise<string | undefined> {
  const { name, status, maker, isForFork } = record
  if (isReady(record) && isForFork !== true) return undefined
  if (!(await hasEnded(maker, operation.runner))) return undefined
  if (!isReady(record)) return `its maker (pid ${maker.pid}) has ended, and left it ${status}`
  return (await forkStore(operation.state).find(name)) === undefined
    ? 'the fork that it was made for is gone'
    : undefined
}
