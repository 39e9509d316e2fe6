import {
  type DriverContext,
  listMounts,
  mountOf,
  notApplicable,
  realDirectory,
  refuseMountsBelow,
  requireMountable,
  type Volume,
} from '@pgfork/core/driver'
import { describeVolume } from './describe-volume.ts'
import { readImage } from './images.ts'
import { findImageOf } from './mappers/index.ts'
import { supportedFileSystems } from './mount-options.ts'
import { specOf } from './names.ts'
import type { DriverSettings } from './options.ts'
import { requireShown } from './require-shown.ts'

/**
 * The image on this host that holds `path`: a fork's, or a source's that the kernel has mapped here.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`; `LAYOUT_REFUSED` (H3)
 */
export async function locateVolume(given: string, settings: DriverSettings, context: DriverContext): Promise<Volume> {
  const path = await realDirectory(given)
  if (process.platform !== 'linux') throw notApplicable(path, "can't be on an image of RBD, which needs Linux")
  const mounts = await listMounts()
  const mount = await mountOf(path, mounts)
  const shown = mount && (await findImageOf(mount.device, settings, context))
  if (mount === undefined || shown === undefined) throw notApplicable(path, 'is not on an image of RBD')
  const { place, snapshot } = shown
  // What would be captured is the image as it is now (H134).
  if (snapshot !== undefined)
    throw notApplicable(path, `is on ${specOf(place)}@${snapshot}, a snapshot that is mapped here`)
  requireMountable(path, mount, supportedFileSystems)
  refuseMountsBelow(path, mounts)
  const info = readImage(place, settings, context)
  const volume = await describeVolume(place, mount.mountPoint, info, settings, context)
  requireShown(volume, shown)
  return volume
}
