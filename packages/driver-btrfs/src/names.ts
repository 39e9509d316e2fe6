import { join } from 'node:path'
import { type CloneReference, defaultFolderName, type Entry, type SnapshotReference } from '@pgfork/core'

/** The entry in our folder that a reference names. */
export const entryOf = (kind: Entry['kind'], { volume, name }: SnapshotReference | CloneReference): Entry => ({
  folder: volume.attributes.directory ?? join(volume.root, '..', defaultFolderName),
  driver: 'btrfs',
  kind,
  volume,
  name,
})
