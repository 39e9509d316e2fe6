import { PgforkError, type Volume } from '@pgfork/core/driver'
import type { ShownImage } from './mappers/index.ts'
import { placeOf, specOf } from './names.ts'

/**
 * That the image of a device's name, in the cluster that the configuration leads to, is the one that the device shows: a mirrored cluster has images of the same
 * names, and one that was renamed while it was mapped has left its name to another one (H134).
 *
 * @throws PgforkError `STORAGE_MISSING`
 */
export function requireShown(volume: Volume, shown: Pick<ShownImage, 'cluster' | 'imageId'>): void {
  const { cluster, imageId } = volume.attributes
  const found = { cluster, imageId }
  const expected = { cluster: shown.cluster ?? cluster, imageId: shown.imageId ?? imageId }
  if (expected.cluster === cluster && expected.imageId === imageId) return
  throw new PgforkError(
    'STORAGE_MISSING',
    `What is mounted at ${volume.root} is the image ${expected.imageId} of the cluster ${expected.cluster}, and the configuration leads to ` +
      `${specOf(placeOf(volume))} with the id ${imageId} in the cluster ${cluster}. Give the driver the conf of the one that is mounted here.`,
    { hazard: 'H134', facts: { expected, found } },
  )
}
