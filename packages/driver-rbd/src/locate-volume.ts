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
import type { DriverSettings } from './options.ts'

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
  const place = mount && (await findImageOf(mount.device, settings, context))
  if (mount === undefined || place === undefined) throw notApplicable(path, 'is not on an image of RBD')
  requireMountable(path, mount, supportedFileSystems)
  refuseMountsBelow(path, mounts)
  return describeVolume(place, mount.mountPoint, readImage(place, settings, context), settings, context)
}
