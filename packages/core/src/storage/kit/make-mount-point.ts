import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import process from 'node:process'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { checkOldPlace } from '../../files/check-place.ts'
import { type Entry, entryFiles, entryPath } from './entry.ts'

/**
 * The directory that a clone is mounted at; made where there is none. A link there, put by the fork's user after a reboot, would
 * have root mount his files over `/etc`; and what lay in the directory would be hidden (H60).
 *
 * @throws PgforkError `PERMISSION_DENIED`; `COPY_MISSING` when the clone's folder is gone
 */
export async function makeMountPoint(entry: Entry): Promise<string> {
  checkOldPlace(entryPath(entry), 'Or give the driver another "directory".')
  const path = entryFiles(entry)
  try {
    make(path)
    const reason = reasonAgainst(path)
    if (reason === undefined) return path
    throw new PgforkError(
      'PERMISSION_DENIED',
      `The clone ${entry.name} can't be mounted at ${path}, which ${reason}. Look what it is, remove it, and try again.`,
      { hazard: 'H60', facts: { path, reason } },
    )
  } catch (error) {
    const otherwise = isSystemError(error, 'ENOENT') ? 'COPY_MISSING' : 'COMMAND_FAILED'
    throw fromSystemError(error, otherwise, `The mount point ${path} could not be made`)
  }
}

function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error
  }
}

function reasonAgainst(path: string): string | undefined {
  const found = lstatSync(path)
  if (found.isSymbolicLink()) return 'is a symbolic link'
  if (!found.isDirectory()) return 'is not a directory'
  if (found.uid !== 0 && found.uid !== process.geteuid?.()) return `belongs to another user (uid ${found.uid})`
  if ((found.mode & 0o022) !== 0) return 'can be written by other users'
  return readdirSync(path).length === 0 ? undefined : 'is not empty'
}
