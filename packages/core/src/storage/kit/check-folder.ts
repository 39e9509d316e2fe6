import { chmodSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { checkOldPlace, checkPlace } from '../../files/check-place.ts'
import { callerName } from '../../process/user-name.ts'
import { type Entry, kindPath } from './entry.ts'

/**
 * Makes the folders that an entry lies in. Others may pass through them, as a clone's user must, but not look around.
 *
 * @throws PgforkError `PERMISSION_DENIED`, `DRIVER_NOT_APPLICABLE`
 */
export async function makeFolder(entry: Pick<Entry, 'folder' | 'kind'>): Promise<void> {
  await checkFolder(entry)
  for (const path of foldersOf(entry)) make(path, path !== entry.folder)
  await checkFolder(entry)
}

/**
 * That nobody else can exchange the folders that an entry lies in, as far as they exist, nor one above: links, and folders that
 * others put in their place, would lead us to files that aren't ours (H57, H61).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export async function checkFolder(entry: Pick<Entry, 'folder' | 'kind'>): Promise<void> {
  for (const path of foldersOf(entry)) checkPlace(path, advice)
}

/**
 * The same for an entry that is there: earlier versions made some where an engine removes them with its volume (H111).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export async function checkOldFolder(entry: Pick<Entry, 'folder' | 'kind'>): Promise<void> {
  for (const path of foldersOf(entry)) checkOldPlace(path, advice)
}

const advice = 'Or give the driver another "directory".'

const foldersOf = (entry: Pick<Entry, 'folder' | 'kind'>): string[] => [entry.folder, kindPath(entry)]

/** `isInside`: in the folder for entries, which is there already. */
function make(path: string, isInside: boolean): void {
  try {
    mkdirSync(path, { mode: 0o711 })
    // mkdir's mode was reduced by the umask.
    chmodSync(path, 0o711)
  } catch (error) {
    // Another process was faster.
    if (isSystemError(error, 'EEXIST')) return
    throw isSystemError(error, 'EACCES') && isInside ? notWritable(dirname(path), error) : notMade(path, error)
  }
}

/** A folder that is safe to work in but belongs to somebody else: to root. */
export function notWritable(folder: string, error: unknown): PgforkError {
  const user = callerName()
  return new PgforkError(
    'PERMISSION_DENIED',
    `${folder} is there, but ${user} may not write to it: ${messageOf(error)}. Run as root, or give the driver a "directory" of ${user}'s own.`,
    { cause: error, facts: { path: folder } },
  )
}

function notMade(path: string, error: unknown): PgforkError {
  if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR'))
    return new PgforkError(
      'DRIVER_NOT_APPLICABLE',
      `${dirname(path)} is not a directory, so ${path} can't be made for snapshots and clones.`,
      { cause: error, facts: { path } },
    )
  const user = callerName()
  const known = fromSystemError(error, 'PERMISSION_DENIED', `${path} can't be made for snapshots and clones`)
  if (known.code !== 'PERMISSION_DENIED') return known
  return new PgforkError(
    'PERMISSION_DENIED',
    `${known.message}. Let root prepare it (install -d -m 0711 -o ${user} ${path}), or give the driver a "directory" that ${user} may write to.`,
    { cause: error, facts: { path } },
  )
}
