import {
  type DriverContext,
  findMount,
  ignore,
  isPgforkError,
  listEntries,
  type StoredItem,
  type Volume,
} from '@pgfork/core/driver'
import { type ImageInfo, listImages, listSnapshots, parentPlace, readImage } from './images.ts'
import { forksOf, type ImagePlace, mountFolder, ownName, parseName, placeOf, specOf, volumeId } from './names.ts'
import type { Settings } from './options.ts'

/**
 * This host's snapshots and clones, whoever made them; never those of another host, which has the records about them (H99). Clones are known by the names
 * of their images, and by the folders here, which also say what they were made of. Where a folder was lost, the image does.
 */
export async function list(volume: Volume, settings: Settings, context: DriverContext): Promise<StoredItem[]> {
  const { host = '' } = volume.attributes
  const forks = forksOf(volume)
  const [images, entries] = await Promise.all([listImages(forks, settings, context), listEntries(mountFolder(volume))])
  const found: StoredItem[] = []
  const volumes = new Map<string, Volume>([[volume.id, volume]])
  for (const { name, volume: origin } of entries) {
    found.push(await cloneItem(name, origin))
    volumes.set(origin.id, origin)
  }
  for (const image of images.filter((name) => parseName(name)?.host === host)) {
    const place = { ...forks, image }
    const info = await readImage(place, settings, context).catch(ignore('COPY_MISSING'))
    if (info === undefined) continue
    const own = volumeOf(volume, place, info.id)
    if (!volumes.has(own.id)) volumes.set(own.id, own)
    const name = ownName(image, 'clone', host)
    if (name === undefined || entries.some((entry) => entry.name === name)) continue
    const origin = originOf(info, volume)
    if (!volumes.has(origin.id)) volumes.set(origin.id, origin)
    found.push(await cloneItem(name, origin))
  }
  for (const one of volumes.values()) found.push(...(await snapshotsOf(one, host, settings, context)))
  return found
}

async function cloneItem(name: string, volume: Volume): Promise<StoredItem> {
  const path = `${mountFolder(volume).folder}/clones/${name}/volume`
  const isMounted = (await findMount(path)) !== undefined
  return { kind: 'clone', name, volume, ...(isMounted ? { path } : {}) }
}

/** Another image than that of the volume that was asked about. */
const volumeOf = (volume: Volume, place: ImagePlace, imageId: string): Volume => ({
  ...{ ...volume, id: volumeId(place, imageId), root: '/' },
  attributes: { ...volume.attributes, ...place, imageId },
})

function originOf({ parent }: ImageInfo, volume: Volume): Volume {
  if (parent === undefined) return volume
  const origin = volumeOf(volume, parentPlace(parent), parent.id)
  return origin.id === volume.id ? volume : origin
}

async function snapshotsOf(
  volume: Volume,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<StoredItem[]> {
  const names = await listSnapshots(placeOf(volume), settings, context).catch((error: unknown) => {
    if (isPgforkError(error, 'COPY_MISSING')) return []
    if (!isPgforkError(error, 'PERMISSION_DENIED')) throw error
    context.warn(`The snapshots of ${specOf(placeOf(volume))} can't be seen any more: ${error.message}`)
    return []
  })
  return names.flatMap((text) => {
    const name = ownName(text, 'snapshot', host)
    return name === undefined ? [] : [{ kind: 'snapshot' as const, name, volume }]
  })
}
