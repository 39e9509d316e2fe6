import { type DriverContext, isPgforkError, type Volume } from '@pgfork/core/driver'
import { listImages, readImage } from './images.ts'
import { forksOf, type ImagePlace, parseName, placesOf, specOf } from './names.ts'
import type { Settings } from './options.ts'
import { removeImage } from './remove-image.ts'

/**
 * Removes clones that were removed before, and stayed for what came of them, as far as nothing of that is left: this host's, and the volume itself,
 * which may be another host's that has nothing more to remove.
 */
export async function removeRetired(volume: Volume, settings: Settings, context: DriverContext): Promise<void> {
  const { host = '' } = volume.attributes
  const place = forksOf(volume)
  const names = await listImages(place, settings, context)
  const own = names.filter((name) => parseName(name)?.letter === 'r' && parseName(name)?.host === host)
  const itself = placesOf(volume)
    .slice(1)
    .filter(({ image }) => parseName(image)?.host !== host)
  const all = [...own.map((image) => ({ ...place, image })), ...itself]
  let left = [...new Map(all.map((one) => [specOf(one), one])).values()]
  // One may stay for another one of them.
  for (let removed = true; removed && left.length > 0; ) {
    const before = left.length
    const stayed: ImagePlace[] = []
    for (const one of left) if (!(await remove(one, host, settings, context))) stayed.push(one)
    left = stayed
    removed = left.length < before
  }
}

async function remove(place: ImagePlace, host: string, settings: Settings, context: DriverContext): Promise<boolean> {
  try {
    await removeImage(place, await readImage(place, settings, context), host, settings, context)
    return true
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING')) return true
    if (isPgforkError(error, 'BUSY')) return false
    throw error
  }
}
