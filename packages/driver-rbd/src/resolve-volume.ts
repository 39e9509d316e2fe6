import type { DriverContext, Volume, VolumeReference } from '@pgfork/core/driver'
import { describeVolume } from './describe-volume.ts'
import { parseImage } from './image-reference.ts'
import { requireAnswering } from './image-state.ts'
import { type ImageInfo, readImage } from './images.ts'
import type { DriverSettings } from './options.ts'

/** The image that another host has mounted. It is never mapped here. @throws PgforkError `COPY_MISSING`, `BUSY` (H98), and as `describeVolume` */
export async function resolveVolume(
  { volume }: VolumeReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<Volume> {
  const place = parseImage(volume)
  const look = async (): Promise<ImageInfo> => {
    const info = await readImage(place, settings, context)
    await requireAnswering(place, info.id, settings, context)
    return info
  }
  return describeVolume(place, '/', look(), settings, context)
}
