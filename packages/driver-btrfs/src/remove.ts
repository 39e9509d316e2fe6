import { lstat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import {
  type DriverContext,
  type Entry,
  isBelow,
  isPgforkError,
  isSystemError,
  listMounts,
  mountOf,
  PgforkError,
  removeEntry,
  untilNotBusy,
} from '@pgfork/core'
import { runBtrfs } from './command.ts'
import { explainCommandError } from './command-errors.ts'
import { subvolumeRootInode } from './locate-volume.ts'
import { findNestedSubvolumes } from './nested-subvolumes.ts'
import type { Settings } from './options.ts'

/** Removes a snapshot or clone with whatever was left of it. */
export async function remove(entry: Entry, settings: Settings, context: DriverContext): Promise<void> {
  await removeEntry(entry, context, (path) =>
    untilNotBusy(() => removeContent(path, settings, context), settings.busyTimeoutMs, context),
  )
}

async function removeContent(path: string, settings: Settings, context: DriverContext): Promise<void> {
  if (!(await isSubvolume(path))) return removeFiles(path, context)
  await refuseMounted(path)
  try {
    await runBtrfs(['subvolume', 'delete', path], settings, context)
  } catch (error) {
    // Another process was faster; at some points the command then fails without a word.
    if (isPgforkError(error, 'STORAGE_MISSING') || !(await isSubvolume(path))) return
    if (isPgforkError(error, 'BUSY')) throw (await explainNested(path)) ?? error
    if (!isPgforkError(error, 'PERMISSION_DENIED')) throw error
    await removeWithoutRights(path, error, settings, context)
  }
}

/** Everybody may remove an empty subvolume like a directory (Linux 4.18); a read-only one must be made writable for that. */
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
    await removeFiles(path, context)
  } catch (error) {
    throw isPgforkError(error, 'PERMISSION_DENIED') ? denied : error
  }
}

/** Never into what is mounted there, nor into another subvolume. */
async function removeFiles(path: string, context: DriverContext): Promise<void> {
  await context.runner.run('rm', ['-rf', '--one-file-system', '--', path]).catch((error: unknown) => {
    throw explainCommandError(error)
  })
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

/** Btrfs would delete a mounted subvolume and detach what is mounted in it. */
async function refuseMounted(path: string): Promise<void> {
  const mounts = await listMounts()
  const own = await mountOf(path, mounts)
  const pathInFileSystem = own && join(own.root, relative(own.mountPoint, path))
  const mounted = mounts.filter(
    ({ device, root, mountPoint }) =>
      isBelow(mountPoint, path) ||
      (device === own?.device && pathInFileSystem !== undefined && isBelow(root, pathInFileSystem)),
  )
  if (mounted.length === 0) return
  const points = mounted.map(({ mountPoint }) => mountPoint)
  throw new PgforkError('BUSY', `${path} can't be removed while it is mounted. Unmount ${points.join(', ')}.`, {
    facts: { path, mountPoints: points },
  })
}

/** Subvolumes that somebody made in a clone: they carry no mark of ours (H57). */
async function explainNested(path: string): Promise<PgforkError | undefined> {
  const nested = await findNestedSubvolumes(path).catch(() => [])
  if (nested.length === 0) return undefined
  return new PgforkError(
    'BUSY',
    `${path} can't be removed while it holds what wasn't made by pgfork: ${nested.join(', ')}. ` +
      'Delete it with btrfs subvolume delete and try again.',
    { hazard: 'H57', facts: { path, nested } },
  )
}
