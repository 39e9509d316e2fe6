import { readdir } from 'node:fs/promises'
import { fromSystemError, isSystemError } from '../../errors/from-system-error.ts'
import type { StoredItem, Volume } from '../driver/snapshot-driver.ts'
import { checkOldFolder } from './check-folder.ts'
import { type EntryFolder, entryFiles, entryPath, kindPath } from './entry.ts'
import { isDirectory } from './find-entry.ts'
import { readMark } from './mark.ts'

/** Every entry of a folder that carries this driver's mark and can be read, finished or not. @throws PgforkError `STORAGE_MISSING` (H72) */
export async function listEntries({ folder, driver, volume, requireStorage }: EntryFolder): Promise<StoredItem[]> {
  const items: StoredItem[] = []
  if (!(await isDirectory(folder))) await requireStorage?.()
  for (const kind of ['snapshot', 'clone'] as const) {
    await checkOldFolder({ folder, kind })
    for (const name of await namesIn(kindPath({ folder, kind }))) {
      const place = { folder, driver, kind, name }
      const mark = await readMark(place, volume).catch((error: unknown) => {
        // Another user's; or removed meanwhile.
        if (isSystemError(error, 'EACCES') || isSystemError(error, 'ENOENT')) return undefined
        throw fromSystemError(error, 'COMMAND_FAILED', `${entryPath(place)} could not be read`)
      })
      if (mark === undefined || mark === 'foreign') continue
      const files = entryFiles(place)
      items.push({
        kind,
        name,
        volume: withFolder(mark.volume, folder),
        ...((await isDirectory(files)) ? { path: files } : {}),
      })
    }
  }
  return items
}

/** Where an entry was found, whatever its mark says (H77). */
const withFolder = (volume: Volume, directory: string): Volume =>
  volume.attributes.directory === undefined ? volume : { ...volume, attributes: { ...volume.attributes, directory } }

async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw fromSystemError(error, 'COMMAND_FAILED', `${path} could not be read`)
  }
}
