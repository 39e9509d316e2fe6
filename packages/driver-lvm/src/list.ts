import { type DriverContext, listMounts, type StoredItem, type Volume } from '@pgfork/core'
import { deviceNumber, hasTag, listLogicalVolumes, originOf, tagOf } from './logical-volumes.ts'
import type { Settings } from './options.ts'
import { parseItemVolume, poolOf } from './place.ts'

/** Everything in the volume's pool that carries our tag. An item of another volume is told with that one's id. */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const all = await listLogicalVolumes(volume.attributes.group ?? '', settings, context)
  const mounts = await listMounts()
  return all.flatMap((found) => {
    const item = parseItemVolume(found.lv_name)
    if (item === undefined || !hasTag(found, tagOf.ours) || poolOf(found) !== volume.pool) return []
    const uuid = originOf(found)
    const own = { ...volume, id: `lvm:${uuid}`, attributes: { ...volume.attributes, uuid } }
    const path = mounts.find(({ device }) => device === deviceNumber(found))?.mountPoint
    return [{ ...item, volume: own, ...(path === undefined ? {} : { path }) }]
  })
}
