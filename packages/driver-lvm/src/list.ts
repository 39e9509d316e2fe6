import { type DriverContext, findMount, itemFiles, type StoredItem, type Volume } from '@pgfork/core'
import { hasTag, listLogicalVolumes, tagOf } from './logical-volumes.ts'
import type { Settings } from './options.ts'
import { itemOf, parseItemVolume } from './place.ts'

/** Everything in the volume's group that carries our tag. An item of another volume is told with that one's id. */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const all = await listLogicalVolumes(volume.attributes.group ?? '', settings, context)
  const items: StoredItem[] = []
  for (const found of all) {
    const item = parseItemVolume(found.lv_name)
    if (item === undefined || !hasTag(found, tagOf.ours)) continue
    const uuid = /pgfork\.origin=([^,]+)/.exec(found.lv_tags)?.[1] ?? ''
    const own = { ...volume, id: `lvm:${uuid}`, attributes: { ...volume.attributes, uuid } }
    const files = item.kind === 'clone' ? itemFiles(itemOf({ volume: own, name: item.name })) : undefined
    const isVisible = files !== undefined && (await findMount(files)) !== undefined
    items.push({ ...item, volume: own, ...(isVisible ? { path: files } : {}) })
  }
  return items
}
