import { lstat, rename } from 'node:fs/promises'
import process from 'node:process'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import type { DriverContext } from '../driver/driver-context.ts'
import { createEntry } from './create-entry.ts'
import type { Entry } from './entry.ts'
import { type FoundEntry, findEntry } from './find-entry.ts'
import { removeEntry } from './remove-entry.ts'

/** What `cloneEntry` makes of what. */
export interface CloneEntryRequest {
  readonly snapshot: Entry
  readonly clone: Entry
  /** Whether the snapshot's own files may become the clone's. */
  mayConsume(snapshot: FoundEntry): boolean
  /** Makes the clone's files, at a path that doesn't exist yet. */
  makeFiles(snapshot: FoundEntry, path: string): Promise<void>
}

/**
 * Makes a clone of a snapshot: by renaming the snapshot's files where it may be consumed and this user can, else as the
 * driver does.
 *
 * @throws PgforkError `COPY_MISSING`, `TARGET_EXISTS` (H6), `PERMISSION_DENIED`, and what `makeFiles` throws
 */
export async function cloneEntry(request: CloneEntryRequest, context: DriverContext): Promise<void> {
  const snapshot = await findEntry(request.snapshot)
  const files = await createEntry(request.clone, { snapshot: request.snapshot.name })
  const isConsumed = request.mayConsume(snapshot) && (await moveFiles(snapshot.files, files))
  if (!isConsumed) await request.makeFiles(snapshot, files)
  // Nothing but the mark is left of it.
  if (isConsumed) await removeEntry(request.snapshot, context, async () => {})
}

/** Whether a snapshot that may be consumed, of a volume with this root, will be: who moves a directory to another one changes it, too. */
export async function consumesEntry(root: string): Promise<boolean> {
  const caller = process.geteuid?.()
  return caller === 0 || (await lstat(root)).uid === caller
}

/** False where this user can't: files of another one, as behind sudo, or a directory that may not be written in. */
async function moveFiles(files: string, target: string): Promise<boolean> {
  try {
    await rename(files, target)
    return true
  } catch (error) {
    if (isSystemError(error, 'EACCES') || isSystemError(error, 'EPERM')) return false
    throw fromSystemError(error, 'COMMAND_FAILED', `The snapshot ${files} could not be turned into a clone`)
  }
}
