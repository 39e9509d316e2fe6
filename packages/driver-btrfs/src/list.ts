import { listEntries, type StoredItem, type Volume } from '@pgfork/core'
import { entryOf } from './names.ts'

/** All of ours in the folder that the volume's snapshots and clones go to, whichever volume they are of. */
export async function list(volume: Volume): Promise<StoredItem[]> {
  const { folder, driver } = entryOf('snapshot', { volume, name: '' })
  return listEntries({ folder, driver, volume })
}
