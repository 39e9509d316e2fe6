import { listEntries, type StoredItem, type Volume } from '@pgfork/core/driver'
import { folderOf } from './names.ts'

/** All of ours in the folder that the volume's snapshots and clones go to, whichever volume they are of. */
export const list = (volume: Volume): Promise<StoredItem[]> => listEntries(folderOf(volume))
