import { dirname, join } from 'node:path'
import type { CloneReference, SnapshotReference, Volume } from '../driver/snapshot-driver.ts'
import { defaultFolderName } from './default-folder.ts'
import type { Entry, EntryFolder } from './entry.ts'

/** Which entries a driver's references name. */
export interface EntryNames {
  /** The folder that a volume's entries go to. */
  folderOf(volume: Volume): EntryFolder
  entryOf(kind: Entry['kind'], reference: SnapshotReference | CloneReference): Entry
}

/** Of a driver that keeps its folder's path in the volume's attribute `directory`. Default: `.pgfork` beside the volume. */
export function entriesOf(driver: string): EntryNames {
  const folderOf = (volume: Volume): EntryFolder => ({
    folder: volume.attributes.directory ?? join(dirname(volume.root), defaultFolderName),
    driver,
    volume,
  })
  return { folderOf, entryOf: (kind, { volume, name }) => ({ ...folderOf(volume), kind, name }) }
}
