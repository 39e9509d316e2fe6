import { lstatSync } from 'node:fs'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { checkOldFolder } from './check-folder.ts'
import { type Entry, entryFiles, entryPath } from './entry.ts'
import { type Mark, readMark } from './mark.ts'

/** An entry that is whole and carries our mark. */
export interface FoundEntry extends Mark {
  /** Where its files are. */
  readonly files: string
}

/** Finds an entry that is to be used. @throws PgforkError `COPY_MISSING` when it is missing, half made or not ours (H57); `STORAGE_MISSING` (H72) */
export async function findEntry(entry: Entry): Promise<FoundEntry> {
  await checkOldFolder(entry)
  const files = entryFiles(entry)
  try {
    const mark = await readMark(entry, entry.volume)
    if (mark === undefined) await entry.requireStorage?.()
    if (mark === undefined || mark === 'foreign')
      throw missing(entry, mark === 'foreign' ? 'was not made by pgfork' : 'is missing')
    if (!(await isDirectory(files))) throw missing(entry, 'has no files')
    return { ...mark, files }
  } catch (error) {
    throw fromSystemError(error, 'COPY_MISSING', `The ${entry.kind} ${entry.name} can't be read`)
  }
}

/** False for a symbolic link that leads to one. */
export const isDirectory = async (path: string): Promise<boolean> => {
  try {
    return lstatSync(path).isDirectory()
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return false
    throw error
  }
}

const missing = (entry: Entry, reason: string): PgforkError =>
  new PgforkError(
    'COPY_MISSING',
    `The ${entry.kind} ${entry.name} at ${entryPath(entry)} ${reason}. Another tool may have removed it, or it was never finished.`,
    { hazard: 'H57', facts: { kind: entry.kind, name: entry.name, path: entryPath(entry) } },
  )
