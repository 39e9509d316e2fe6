import { mkdirSync } from 'node:fs'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { makeFolder, notWritable } from './check-folder.ts'
import { type Entry, entryFiles, entryPath } from './entry.ts'
import { type Mark, writeMark } from './mark.ts'

const attempts = 20

/**
 * Makes a new entry with its mark. Returns the path for its files, which doesn't exist yet.
 *
 * @throws PgforkError `TARGET_EXISTS` (H6), `PERMISSION_DENIED`, `NO_SPACE`
 */
export async function createEntry(entry: Entry, notes: Mark['notes'] = {}): Promise<string> {
  const path = entryPath(entry)
  for (let attempt = 1; ; attempt++) {
    await makeFolder(entry)
    try {
      mkdirSync(path, { mode: 0o700 })
      break
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) throw exists(entry)
      if (isSystemError(error, 'EACCES')) throw notWritable(entry.folder, error)
      // Another process has just removed the last entry and the empty folders with it.
      if (!isSystemError(error, 'ENOENT') || attempt === attempts)
        throw fromSystemError(error, 'PERMISSION_DENIED', `The ${entry.kind} ${entry.name} can't be made`)
    }
  }
  await writeMark(entry, notes).catch((error: unknown) => {
    throw fromSystemError(error, 'COMMAND_FAILED', `The ${entry.kind} ${entry.name} can't be marked`)
  })
  return entryFiles(entry)
}

const exists = (entry: Entry): PgforkError =>
  new PgforkError('TARGET_EXISTS', `${entryPath(entry)} already exists. Choose another name.`, {
    hazard: 'H6',
    facts: { path: entryPath(entry) },
  })
