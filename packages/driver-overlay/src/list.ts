import { listEntries, listMounts, type StoredItem, type Volume } from '@pgfork/core/driver'
import { folderOf } from './names.ts'

/** Everything with our marks in the folder for the volume's snapshots and clones, also those of other volumes. */
export async function list(volume: Volume): Promise<StoredItem[]> {
  const items = await listEntries(folderOf(volume))
  const mounted = new Set((await listMounts()).map(({ mountPoint }) => mountPoint))
  return items.map(({ path, ...item }) => {
    const isVisible = path !== undefined && (item.kind === 'snapshot' || mounted.has(path))
    return isVisible ? { ...item, path } : item
  })
}
