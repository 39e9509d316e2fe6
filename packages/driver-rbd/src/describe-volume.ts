import { type DriverContext, PgforkError, type Volume } from '@pgfork/core/driver'
import { askCluster } from './ask-cluster.ts'
import type { ImageInfo } from './images.ts'
import { type ImagePlace, imageKey, specOf, volumeId } from './names.ts'
import type { DriverSettings } from './options.ts'

/**
 * The volume of an image, wherever it is mounted.
 *
 * @param info of the image, as it is looked at meanwhile
 * @throws PgforkError `COPY_MISSING`, `LAYOUT_REFUSED`, `SETTING_REFUSED` (H98)
 */
export async function describeVolume(
  place: ImagePlace,
  root: string,
  info: Promise<ImageInfo>,
  settings: DriverSettings,
  context: DriverContext,
): Promise<Volume> {
  const [{ id, features, data_pool: dataPool }, { fsid: cluster, pools }] = await Promise.all([
    info,
    askCluster(settings, context),
  ])
  // Its holder flushes what it has in memory before a snapshot.
  if (!features.includes('exclusive-lock'))
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${specOf(place)} has no exclusive lock, so that a snapshot would lack what its host has not written yet. Turn it on, unmounted: ` +
        `rbd feature enable ${specOf(place)} exclusive-lock`,
      { hazard: 'H96', facts: { image: specOf(place), features } },
    )
  if (pools !== undefined) settings.memory.pools = { ...pools, image: imageKey(place, id) }
  const [claimsPool = settings.pool ?? place.pool, claimsNamespace = settings.namespace] =
    settings.claims?.split('/') ?? []
  return {
    id: volumeId(place, id),
    pool: `rbd:${cluster}/${place.pool}`,
    root,
    copyOnWrite: true,
    attributes: {
      ...place,
      ...{ imageId: id, cluster, host: settings.host, directory: settings.directory },
      ...{ forksPool: settings.pool ?? place.pool, forksNamespace: settings.namespace },
      ...{ claimsPool, claimsNamespace },
      ...(dataPool === undefined ? {} : { dataPool }),
    },
  }
}
