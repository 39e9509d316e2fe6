import { type DriverContext, isPgforkError, type Volume } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { listImages } from './images.ts'
import { forksOf, parseName, specOf } from './names.ts'
import type { Settings } from './options.ts'

/** Removes this host's clones that were removed before, and stayed for what came of them, as far as nothing of that is left. */
export async function removeRetired(volume: Volume, settings: Settings, context: DriverContext): Promise<void> {
  const { host = '' } = volume.attributes
  const place = forksOf(volume)
  const names = await listImages(place, settings, context)
  let left = names.filter((name) => parseName(name)?.letter === 'r' && parseName(name)?.host === host)
  // One may stay for another one of them.
  for (let removed = true; removed && left.length > 0; ) {
    const before = left.length
    const stayed: string[] = []
    for (const image of left) if (!(await remove(specOf({ ...place, image }), settings, context))) stayed.push(image)
    left = stayed
    removed = left.length < before
  }
}

async function remove(spec: string, settings: Settings, context: DriverContext): Promise<boolean> {
  try {
    await changeImages(['rm', '--no-progress', '--rbd-blocklist-on-break-lock=false', spec], settings, context)
    return true
  } catch (error) {
    if (isPgforkError(error, 'COPY_MISSING')) return true
    if (isPgforkError(error, 'BUSY')) return false
    throw error
  }
}
