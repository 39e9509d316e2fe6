import { readdir, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { closeTree } from '../../files/hand-over-tree.ts'
import type { DriverContext } from '../driver/driver-context.ts'
import { checkOldFolder } from './check-folder.ts'
import { defaultFolderName } from './default-folder.ts'
import { type Entry, entryFiles, entryPath, kindPath, markPath } from './entry.ts'
import { isDirectory } from './find-entry.ts'
import { readMark } from './mark.ts'
import { untilNotBusy } from './until-not-busy.ts'

/**
 * Removes an entry with its mark, which goes last, so that an interrupted removal can be repeated. `removeContent` is
 * handed whatever lies beside the mark, one path after another; it must succeed for one that has just vanished. While it says
 * that one is busy, it is tried again until `busyTimeoutMs` are over (H56); by default it isn't.
 * What doesn't carry our mark stays, with a warning (H57).
 *
 * @throws PgforkError whatever `removeContent` throws; `PERMISSION_DENIED`; `STORAGE_MISSING` (H72)
 */
export async function removeEntry(
  entry: Entry,
  context: DriverContext,
  removeContent: (path: string) => Promise<void>,
  busyTimeoutMs = 0,
): Promise<void> {
  const path = entryPath(entry)
  await checkOldFolder(entry)
  try {
    const mark = await readMark(entry, entry.volume)
    if (mark === 'foreign' || (mark !== undefined && mark.volume.id !== entry.volume.id))
      return context.warn(
        `${path} was not made for the ${entry.kind} ${entry.name} of ${entry.volume.root}: left alone.`,
      )
    if (mark !== undefined) {
      if (entry.kind === 'clone') shutOut(entryFiles(entry))
      for (const name of await readdir(path))
        if (join(path, name) !== markPath(entry))
          await untilNotBusy(() => removeContent(join(path, name)), busyTimeoutMs, context)
      await rm(markPath(entry), { force: true })
    } else if (!(await isDirectory(path))) await entry.requireStorage?.()
    await removeEmpty(entry, context)
  } catch (error) {
    // Another process removes it, too, and was faster.
    if (isSystemError(error, 'ENOENT')) return
    throw fromSystemError(error, 'COMMAND_FAILED', `The ${entry.kind} ${entry.name} could not be removed`)
  }
}

/** A clone's user can't lead a removal elsewhere; he could keep it from coming to an end. */
function shutOut(files: string): void {
  try {
    closeTree(files)
  } catch {
    // There are no files, or the storage is full, when removing is what helps.
  }
}

/** An entry without a mark that is empty was ours: it was begun and never marked. */
async function removeEmpty(entry: Entry, context: DriverContext): Promise<void> {
  try {
    await rmdir(entryPath(entry))
  } catch (error) {
    if (isSystemError(error, 'ENOTEMPTY') || isSystemError(error, 'ENOTDIR'))
      return context.warn(`${entryPath(entry)} carries no mark of ours: left alone.`)
    if (!isSystemError(error, 'ENOENT')) throw error
  }
  const folders = [kindPath(entry), ...(basename(entry.folder) === defaultFolderName ? [entry.folder] : [])]
  for (const folder of folders) {
    try {
      await rmdir(folder)
    } catch {
      // Not empty, not ours to remove, or gone.
      return
    }
  }
}
