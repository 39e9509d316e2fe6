import { findMount, listEntries, type StoredItem, type Volume } from '@pgfork/core/driver'
import { folderOf } from './names.ts'

/** Everything with our marks in the folder for the volume's snapshots and clones, also those of other volumes. */
export async function list(volume: Volume): Promise<StoredItem[]> {
  const items = await listEntries(folderOf(volume))
  return Promise.all(
    items.map(async ({ path, ...item }) => {
      const isVisible = path !== undefined && (item.kind === 'snapshot' || (await findMount(path)) !== undefined)
      return isVisible ? { ...item, path } : item
    }),
  )
}
