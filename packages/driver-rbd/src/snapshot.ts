import type { DriverContext, SnapshotReference, SnapshotRequest } from '@pgfork/core/driver'
import { atImage } from './at-image.ts'
import { changeImages } from './command.ts'
import { pastDeadLocks } from './drop-locks.ts'
import { requireAnswering } from './image-state.ts'
import { type ImagePlace, placeOf, snapshotName, specOf } from './names.ts'
import type { DriverSettings } from './options.ts'

/**
 * One snapshot of each image, each at its own instant. Who has the image open flushes what he holds in memory, and goes on. What only his file
 * system holds isn't in it, as after a power cut.
 */
export async function takeSnapshots(
  { snapshots }: SnapshotRequest,
  settings: DriverSettings,
  context: DriverContext,
): Promise<void> {
  for (const snapshot of snapshots) {
    // A key that is known to be narrow can't shut out anybody: then the snapshot fails by itself.
    const { imageId = '' } = snapshot.volume.attributes
    const image = placeOf(snapshot.volume)
    if (!settings.memory.keyIsNarrow)
      await pastDeadLocks(image, settings, context, () => requireAnswering(image, imageId, settings, context))
    await atImage(snapshot.volume, (place) =>
      pastDeadLocks(place, settings, context, () => changeImages(snapshotWords(place, snapshot), settings, context)),
    )
  }
}

/** What `rbd` is told. */
export const snapshotWords = (place: ImagePlace, snapshot: SnapshotReference): readonly string[] => [
  ...['snap', 'create', '--no-progress'],
  `${specOf(place)}@${snapshotName(snapshot)}`,
]
