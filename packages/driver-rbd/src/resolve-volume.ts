import type { DriverContext, Volume, VolumeReference } from '@pgfork/core/driver'
import { describeVolume } from './describe-volume.ts'
import { parseImage } from './image-reference.ts'
import { requireAnswering } from './image-state.ts'
import type { DriverSettings } from './options.ts'

/** The image that another host has mounted. It is never mapped here. @throws PgforkError `COPY_MISSING`, `BUSY` (H98), and as `describeVolume` */
export async function resolveVolume(
  { volume }: VolumeReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<Volume> {
  const place = parseImage(volume)
  const [described] = await Promise.all([
    describeVolume(place, '/', settings, context),
    requireAnswering(place, settings, context),
  ])
  return described
}
