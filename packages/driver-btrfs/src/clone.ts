import { rename } from 'node:fs/promises'
import {
  type CloneRequest,
  createEntry,
  type DriverContext,
  type FoundEntry,
  findEntry,
  fromSystemError,
  handOverEntry,
  isSystemError,
  removeEntry,
} from '@pgfork/core'
import { runBtrfs } from './command.ts'
import { entryOf } from './names.ts'
import type { Settings } from './options.ts'
import { writable } from './snapshot.ts'

/** A clone is a writable snapshot of the snapshot, or the snapshot itself where it may be consumed and was left writable. */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  const snapshotEntry = entryOf('snapshot', request.snapshot)
  const snapshot = await findEntry(snapshotEntry)
  const entry = entryOf('clone', request)
  const files = await createEntry(entry, { snapshot: request.snapshot.name })
  const isConsumed = request.consumeSnapshot === true && (await consume(snapshot, files))
  if (!isConsumed) await runBtrfs(['subvolume', 'snapshot', snapshot.files, files], settings, context)
  await handOverEntry(entry, request.owner)
  // Nothing but the mark is left of it.
  if (isConsumed) await removeEntry(snapshotEntry, context, async () => {})
}

/**
 * Renaming takes no time, while every snapshot commits a transaction: 15 ms beside a busy source. A read-only subvolume
 * can't be renamed into another folder, and making it writable commits a transaction, too.
 */
async function consume(snapshot: FoundEntry, files: string): Promise<boolean> {
  if (snapshot.notes.access !== writable.access) return false
  try {
    await rename(snapshot.files, files)
    return true
  } catch (error) {
    // Of another user, as behind sudo.
    if (isSystemError(error, 'EACCES') || isSystemError(error, 'EPERM')) return false
    throw fromSystemError(error, 'COMMAND_FAILED', `The snapshot ${snapshot.files} could not be turned into a clone`)
  }
}
