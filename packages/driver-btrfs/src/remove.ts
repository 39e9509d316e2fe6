import { lstat } from 'node:fs/promises'
import {
  type CloneReference,
  type DriverContext,
  type Entry,
  isPgforkError,
  isSystemError,
  PgforkError,
  refuseMounted,
  removeEntry,
  removeFiles,
  type SnapshotReference,
} from '@pgfork/core/driver'
import { runBtrfs } from './command.ts'
import { explainCommandError } from './command-errors.ts'
import { subvolumeRootInode } from './locate-volume.ts'
import { entryOf } from './names.ts'
import { findNestedSubvolumes } from './nested-subvolumes.ts'
import type { Settings } from './options.ts'

export const removeClone = (clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> =>
  remove(entryOf('clone', clone), settings, context)

export const removeSnapshot = (
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> => remove(entryOf('snapshot', snapshot), settings, context)

/** Removes a snapshot or clone with whatever was left of it. */
const remove = (entry: Entry, settings: Settings, context: DriverContext): Promise<void> =>
  removeEntry(entry, context, (path) => removeContent(path, settings, context), settings.busyTimeoutMs)

async function removeContent(path: string, settings: Settings, context: DriverContext): Promise<void> {
  if (!(await isSubvolume(path))) return removeFiles(path, context, explainCommandError)
  // Btrfs would delete a mounted subvolume and detach what is mounted in it.
  await refuseMounted(path)
  try {
    await runBtrfs(['subvolume', 'delete', path], settings, context)
  } catch (error) {
    // Another process was faster; at some points the command then fails without a message.
    if (isPgforkError(error, 'COPY_MISSING') || !(await isSubvolume(path))) return
    if (isPgforkError(error, 'BUSY')) throw (await explainNested(path)) ?? error
    if (!isPgforkError(error, 'PERMISSION_DENIED')) throw error
    await removeWithoutRights(path, error, settings, context)
  }
}

/** An empty subvolume can be removed like a directory (Linux 4.18), but a read-only one must be made writable first. */
async function removeWithoutRights(
  path: string,
  denied: PgforkError,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  try {
    const nested = await explainNested(path)
    if (nested !== undefined) throw nested
    await runBtrfs(['property', 'set', '-t', 'subvol', path, 'ro', 'false'], settings, context)
    await removeFiles(path, context, explainCommandError)
  } catch (error) {
    throw isPgforkError(error, 'PERMISSION_DENIED') ? denied : error
  }
}

const isSubvolume = async (path: string): Promise<boolean> => {
  try {
    const found = await lstat(path)
    return found.isDirectory() && found.ino === subvolumeRootInode
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false
    throw error
  }
}

/** Subvolumes that somebody made in a clone: they carry no mark of ours (H57). */
async function explainNested(path: string): Promise<PgforkError | undefined> {
  const nested = await findNestedSubvolumes(path).catch(() => [])
  if (nested.length === 0) return undefined
  return new PgforkError(
    'BUSY',
    `${path} can't be removed, because it contains subvolumes that pgfork didn't make: ${nested.join(', ')}. ` +
      'Delete them with btrfs subvolume delete and try again.',
    { hazard: 'H57', facts: { path, nested } },
  )
}
