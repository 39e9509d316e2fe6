import { type DriverContext, listMounts, type StoredItem, type Volume } from '@pgfork/core/driver'
import { deviceNumber, hasTag, type LogicalVolume, listLogicalVolumes, originOf, tagOf } from './logical-volumes.ts'
import { parseName, poolOf } from './names.ts'
import type { Settings } from './options.ts'
import { parseVolumeTag } from './volume-tag.ts'

/** Everything in the volume's pool with our tag. Entries of other volumes have those volumes' ids, and are mounted as those (H77). */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const all = await listLogicalVolumes(volume.attributes.group ?? '', settings, context)
  const mounts = await listMounts()
  return all.flatMap((found) => {
    const entry = parseName(found.lv_name)
    if (entry === undefined || !hasTag(found, tagOf.ours) || poolOf(found) !== volume.pool) return []
    const uuid = originOf(found)
    const own = { ...volume, id: `lvm:${uuid}`, ...ownFacts(volume, found, uuid) }
    const path = mounts.find(({ device }) => device === deviceNumber(found))?.mountPoint
    return [{ ...entry, volume: own, ...(path === undefined ? {} : { path }) }]
  })
}

/** As its tag says; without one nothing is known of an entry of another volume but that it lies in this group. */
function ownFacts(volume: Volume, found: LogicalVolume, uuid: string): Pick<Volume, 'root' | 'attributes'> {
  const { group = '', groupUuid = '', directory = '', mountDirectory } = volume.attributes
  // In which folder clones are mounted is the driver's to say.
  const given = { group, groupUuid, uuid, ...(mountDirectory === undefined ? {} : { mountDirectory }) }
  const tagged = parseVolumeTag(found.lv_tags)
  if (tagged !== undefined) return { ...tagged, attributes: { ...tagged.attributes, ...given } }
  return uuid === volume.attributes.uuid ? volume : { root: '/', attributes: { ...given, directory } }
}
