import { lstatSync } from 'node:fs'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { findUnsafe } from '../../files/check-place.ts'
import { callerName } from '../../process/user-name.ts'
import { type Entry, entryFiles } from './entry.ts'

/**
 * That only root can put something in a folder in which root mounts clones for another user: whoever could, would have it mount
 * his files over `/etc` (H60), though a line in sudoers names every path exactly. And that others can't look into it (H29).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function checkMountFolder(folder: string): void {
  const root = 0
  const unsafe = findUnsafe(folder, { self: root })
  const found = unsafe ?? { folder, reason: whyUnusable(folder) }
  if (found.reason === undefined) return
  throw new PgforkError(
    'PERMISSION_DENIED',
    `Clones can't be mounted below ${folder}: ${found.folder} ${found.reason}. Let root make it, for the group of ${callerName()} alone: ` +
      `install -d -m 0750 -o root -g ${callerName()} ${folder}`,
    { hazard: 'H60', facts: { folder: found.folder, reason: found.reason } },
  )
}

function whyUnusable(folder: string): string | undefined {
  try {
    return (lstatSync(folder).mode & 0o007) === 0 ? undefined : 'is open to other users'
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return "doesn't exist"
    throw fromSystemError(error, 'PERMISSION_DENIED', `${folder} cannot be looked at`)
  }
}

/** The attribute of a volume that `entriesOf` makes `mountFolder` of. @throws PgforkError `PERMISSION_DENIED` where it isn't safe */
export function mountDirectoryOf({ mountDirectory }: { readonly mountDirectory?: string }): {
  readonly mountDirectory?: string
} {
  if (mountDirectory === undefined) return {}
  checkMountFolder(mountDirectory)
  return { mountDirectory }
}

/** Removes the empty directory of root's that a clone was mounted at, where that isn't in its entry. */
export async function removeMountPoint(entry: Entry, rmdir: (path: string) => Promise<unknown>): Promise<void> {
  if (entry.mountFolder === undefined) return
  checkMountFolder(entry.mountFolder)
  const path = entryFiles(entry)
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) await rmdir(path)
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', `The mount point ${path} cannot be looked at`)
  }
}
