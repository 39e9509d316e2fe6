import { dirname, join } from 'node:path'
import type { CloneReference, SnapshotReference, Volume } from '../driver/snapshot-driver.ts'
import { defaultFolderName } from './default-folder.ts'
import type { Entry, EntryFolder } from './entry.ts'
import { type NameFileSystem, requireStorage } from './storage-place.ts'

/** Which entries a driver's references name. */
export interface EntryNames {
  /** The folder that a volume's entries go to. */
  folderOf(volume: Volume): EntryFolder
  entryOf(kind: Entry['kind'], reference: SnapshotReference | CloneReference): Entry
}

/**
 * Of a driver that keeps its folder's path in the volume's attribute `directory`, and in `mountDirectory` that of the folder in which it
 * mounts clones, if that is another one. Default: `.pgfork` beside the volume. The attributes of `storagePlaceOf(directory)` let it tell an empty folder from one whose storage isn't there (H72).
 *
 * @param nameFileSystem what the driver gave to `storagePlaceOf`
 */
export function entriesOf(driver: string, nameFileSystem?: NameFileSystem): EntryNames {
  const folderOf = (volume: Volume): EntryFolder => {
    const { directory: folder = join(dirname(volume.root), defaultFolderName), mountDirectory } = volume.attributes
    return {
      ...{ folder, driver, volume, requireStorage: () => requireStorage(folder, volume, nameFileSystem) },
      ...(mountDirectory === undefined ? {} : { mountFolder: mountDirectory }),
    }
  }
  return { folderOf, entryOf: (kind, { volume, name }) => ({ ...folderOf(volume), kind, name }) }
}
