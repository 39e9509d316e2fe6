import { chmodSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { checkOldPlace, checkPlace } from '../files/check-place.ts'
import { Directory } from '../files/directory.ts'
import type { HistoryRecord } from '../records/history-record.ts'

/** Of a segment that is being copied. */
export const temporarySuffix = '.copying'

/**
 * Makes the folder in which WAL is kept, which holds what was deleted since (mode 0700). Nobody else can exchange it (H61).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function makeHistoryFolder({ walDirectory }: HistoryRecord): void {
  checkPlace(dirname(walDirectory), advice)
  try {
    mkdirSync(walDirectory, { mode: 0o700 })
    // mkdir's mode was reduced by the umask.
    chmodSync(walDirectory, 0o700)
  } catch (error) {
    if (!isSystemError(error, 'EEXIST'))
      throw fromSystemError(error, 'PERMISSION_DENIED', `${walDirectory} can't be made for the WAL of a history`)
  }
}

/**
 * Opens it. Where it isn't, it may lie on storage that isn't mounted: another one in its place would hide it, and it would be forgotten with what
 * it holds (H72).
 *
 * @throws PgforkError `PERMISSION_DENIED`, `STORAGE_MISSING`
 */
export function openHistoryFolder({ dataDirectory, walDirectory }: HistoryRecord): Directory {
  checkOldPlace(walDirectory, advice)
  const found = statSync(walDirectory, { throwIfNoEntry: false })
  if (found === undefined) throw folderMissing(dataDirectory, walDirectory)
  if ((found.mode & 0o077) !== 0)
    throw new PgforkError(
      'PERMISSION_DENIED',
      `${walDirectory}, which holds WAL, is open to other users. Close it: chmod 0700 ${walDirectory}.`,
      { hazard: 'H29', facts: { path: walDirectory } },
    )
  return Directory.open(realpathSync(walDirectory))
}

const advice = 'Or keep the history in another "directory".'

const folderMissing = (dataDirectory: string, path: string): PgforkError =>
  new PgforkError(
    'STORAGE_MISSING',
    `${path}, which holds the WAL of the history of ${dataDirectory}, isn't there. Mount the storage that it lies on. If it was lost, go on ` +
      `without what it held: mkdir -m 0700 ${path}. Until then, a snapshot as source leads as far as the source's own WAL goes.`,
    { hazard: 'H72', facts: { path, dataDirectory } },
  )

/** Removes what a killed process was copying. Whoever calls is the only one who copies. */
export function removeTemporary(folder: Directory): void {
  for (const name of folder.names()) if (name.endsWith(temporarySuffix)) rmSync(join(folder.path, name))
}

/** Bytes that the kept WAL takes, those that it shares with the source's included. */
export function allocatedBytes(folder: Directory): number {
  return folder.names().reduce((total, name) => total + (folder.look(name)?.blocks ?? 0) * 512, 0)
}
