import { dirname, join } from 'node:path'
import {
  type CloneReference,
  defaultFolderName,
  type Entry,
  type EntryFolder,
  type SnapshotReference,
  type Volume,
} from '@pgfork/core/driver'

/** The folder that a volume's snapshots and clones go to. */
export const folderOf = (volume: Volume): EntryFolder => ({
  folder: volume.attributes.directory ?? join(dirname(volume.root), defaultFolderName),
  driver: 'copy',
  volume,
})

/** The entry in that folder which a reference names. */
export const entryOf = (kind: Entry['kind'], { volume, name }: SnapshotReference | CloneReference): Entry => ({
  ...folderOf(volume),
  kind,
  name,
})
