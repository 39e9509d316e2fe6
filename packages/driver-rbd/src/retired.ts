import { type DriverContext, isPgforkError, type PgforkError, type Volume } from '@pgfork/core/driver'
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
  let left: readonly Left[] = [...new Map(all.map((one) => [specOf(one), one])).values()].map((one) => ({ place: one }))
  // One may stay for another one of them.
  for (let removed = true; removed && left.length > 0; ) {
    const stayed: Left[] = []
    for (const one of left) {
      const reason = await whyStays(one.place, host, settings, context)
      if (reason !== undefined) stayed.push({ place: one.place, reason })
    }
    removed = stayed.length < left.length
    left = stayed
  }
  // It was removed long ago: no other removal fails for it.
  for (const { place: one, reason } of left)
    if (isPgforkError(reason, 'PERMISSION_DENIED'))
      context.warn(`${specOf(one)}, of a fork that was removed before, stays: ${reason.message}`)
}

interface Left {
  readonly place: ImagePlace
  readonly reason?: PgforkError
}

/** Removes one, unless it can't go yet. */
async function whyStays(
  place: ImagePlace,
  host: string,
  settings: Settings,
  context: DriverContext,
): Promise<PgforkError | undefined> {
  try {
    await removeImage(place, await readImage(place, settings, context), { host }, settings, context)
    return undefined
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING')) return undefined
    if (isPgforkError(error, 'BUSY') || isPgforkError(error, 'PERMISSION_DENIED')) return error
    throw error
  }
}
