import { rm } from 'node:fs/promises'
import type { Operation } from '../operation/operation.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { backupFolder } from './backup-folder.ts'

/** Removes a snapshot with all that belongs to it; its record last, so that a failure leaves it to be found. */
export async function removeSnapshot(operation: Operation, record: SnapshotRecord): Promise<void> {
  const store = snapshotStore(operation.state)
  const current = await store.find(record.name)
  // Another snapshot may have got the name since. Without any record the state directory may have been lost.
  if (current !== undefined && current.createdAt !== record.createdAt) return
  // On a full disk the mark can't be written; removing is what helps then.
  if (current !== undefined) await store.replace({ ...record, status: 'removing' }).catch(() => {})
  for (const copy of record.copies) await operation.drivers.removeSnapshot(copy, operation.cleanupContext())
  await rm(backupFolder(operation.state, record.name).path, { recursive: true, force: true })
  await store.remove(record.name)
}
