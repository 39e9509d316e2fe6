import { type DriverContext, listMounts, type StoredItem, type Volume } from '@pgfork/core/driver'
import { deviceNumber, hasTag, listLogicalVolumes, originOf, tagOf } from './logical-volumes.ts'
import { parseName, poolOf } from './names.ts'
import type { Settings } from './options.ts'

/** Everything in the volume's pool with our tag. Entries of other volumes have those volumes' ids. */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const all = await listLogicalVolumes(volume.attributes.group ?? '', settings, context)
  const mounts = await listMounts()
  return all.flatMap((found) => {
    const entry = parseName(found.lv_name)
    if (entry === undefined || !hasTag(found, tagOf.ours) || poolOf(found) !== volume.pool) return []
    const uuid = originOf(found)
    const own = { ...volume, id: `lvm:${uuid}`, attributes: { ...volume.attributes, uuid } }
    const path = mounts.find(({ device }) => device === deviceNumber(found))?.mountPoint
    return [{ ...entry, volume: own, ...(path === undefined ? {} : { path }) }]
  })
}
