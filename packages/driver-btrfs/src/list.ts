import { listEntries, type StoredItem, type Volume } from '@pgfork/core/driver'
import { folderOf } from './names.ts'

/** Everything with our marks in the folder for the volume's snapshots and clones, also those of other volumes. */
export const list = (volume: Volume): Promise<StoredItem[]> => listEntries(folderOf(volume))
