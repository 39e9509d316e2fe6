import type { DriverContext, SnapshotRequest } from '@pgfork/core/driver'
import { atImage } from './at-image.ts'
import { changeImages } from './command.ts'
import { requireAnswering } from './image-state.ts'
import { placeOf, snapshotName, specOf } from './names.ts'
import type { Settings } from './options.ts'

/**
 * One snapshot of each image, each at its own instant. Who has the image open flushes what he holds in memory, and goes on. What only his file
 * system holds isn't in it, as after a power cut.
 */
export async function takeSnapshots(
  { snapshots }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  for (const snapshot of snapshots) {
    await requireAnswering(placeOf(snapshot.volume), settings, context)
    await atImage(snapshot.volume, (place) =>
      changeImages(
        ['snap', 'create', '--no-progress', `${specOf(place)}@${snapshotName(snapshot)}`],
        settings,
        context,
      ),
    )
  }
}
