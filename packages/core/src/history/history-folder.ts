import { chmodSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromSystemError, isSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { checkPlace } from '../files/check-place.ts'
import { Directory } from '../files/directory.ts'
import type { HistoryRecord } from '../records/history-record.ts'

/** Of a segment that is being copied. */
export const temporarySuffix = '.copying'

/**
 * Makes the folder in which WAL is kept, which holds what was deleted since (mode 0700), and opens it. Nobody else can exchange it (H61).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function openHistoryFolder({ walDirectory }: HistoryRecord): Directory {
  const advice = 'Or keep the history in another "directory".'
  checkPlace(dirname(walDirectory), advice)
  try {
    mkdirSync(walDirectory, { mode: 0o700 })
    // mkdir's mode was reduced by the umask.
    chmodSync(walDirectory, 0o700)
  } catch (error) {
    if (!isSystemError(error, 'EEXIST'))
      throw fromSystemError(error, 'PERMISSION_DENIED', `${walDirectory} can't be made for the WAL of a history`)
  }
  checkPlace(walDirectory, advice)
  if ((statSync(walDirectory).mode & 0o077) !== 0)
    throw new PgforkError(
      'PERMISSION_DENIED',
      `${walDirectory}, which holds WAL, is open to other users. Close it: chmod 0700 ${walDirectory}.`,
      { hazard: 'H29', facts: { path: walDirectory } },
    )
  return Directory.open(realpathSync(walDirectory))
}

/** Removes what a killed process was copying. Whoever calls is the only one who copies. */
export function removeTemporary(folder: Directory): void {
  for (const name of folder.names()) if (name.endsWith(temporarySuffix)) rmSync(join(folder.path, name))
}

/** Bytes that the kept WAL takes, those that it shares with the source's included. */
export function allocatedBytes(folder: Directory): number {
  return folder.names().reduce((total, name) => total + (folder.look(name)?.blocks ?? 0) * 512, 0)
}
