import { dirname, join } from 'node:path'
import { type CloneReference, defaultFolderName, type Entry, type SnapshotReference } from '@pgfork/core'

/** The entry in our folder that a reference names. */
export const entryOf = (kind: Entry['kind'], { volume, name }: SnapshotReference | CloneReference): Entry => ({
  folder: volume.attributes.directory ?? join(dirname(volume.root), defaultFolderName),
  driver: 'copy',
  kind,
  volume,
  name,
})
