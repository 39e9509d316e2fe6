import { rm } from 'node:fs/promises'
import type { Operation } from '../operation/operation.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { backupFolder } from './backup-folder.ts'

/** Removes a snapshot with all that belongs to it, under the lock of its name; its record last, so that a failure leaves it to be found. */
export async function removeSnapshot(operation: Operation, record: SnapshotRecord): Promise<void> {
  const store = snapshotStore(operation.state)
  const current = await store.findSame(record)
  // Its names in storage are nobody else's: they can be removed when the state directory was lost, too.
  const removed = current && (await store.markRemoving(current))
  for (const copy of record.copies) await operation.drivers.removeSnapshot(copy, operation.cleanupContext())
  if (removed === undefined) return
  await rm(backupFolder(operation.state, record.name).path, { recursive: true, force: true })
  await store.forget(removed)
}
