import { rename } from 'node:fs/promises'
import {
  type CloneRequest,
  createEntry,
  type DriverContext,
  findEntry,
  fromSystemError,
  handOverEntry,
  isSystemError,
  removeEntry,
} from '@pgfork/core'
import { makeCopies } from './make-copies.ts'
import { entryOf } from './names.ts'

/** A clone is a copy of the snapshot, or the snapshot itself where it may be consumed. */
export async function cloneSnapshot(request: CloneRequest, context: DriverContext): Promise<void> {
  const snapshotEntry = entryOf('snapshot', request.snapshot)
  const snapshot = await findEntry(snapshotEntry)
  const entry = entryOf('clone', request)
  const target = await createEntry(entry, { snapshot: request.snapshot.name })
  const isConsumed = request.consumeSnapshot === true && (await consume(snapshot.files, target))
  const sharesBlocks = request.volume.attributes.clonesShareBlocks === 'true'
  if (!isConsumed)
    await makeCopies([{ source: snapshot.files, target, sharesBlocks, omit: [], isLive: false }], context)
  await handOverEntry(entry, request.owner)
  // Nothing but the mark is left of it.
  if (isConsumed) await removeEntry(snapshotEntry, context, async () => {})
}

async function consume(files: string, target: string): Promise<boolean> {
  try {
    await rename(files, target)
    return true
  } catch (error) {
    // A directory that may not be written in can't be moved into another one.
    if (isSystemError(error, 'EACCES') || isSystemError(error, 'EPERM')) return false
    throw fromSystemError(error, 'COMMAND_FAILED', `The snapshot ${files} could not be turned into a clone`)
  }
}
