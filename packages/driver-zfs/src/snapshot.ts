import type { DriverContext, SnapshotRequest } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { markOptions } from './mark.ts'
import { holdTag, snapshotName } from './names.ts'
import type { Settings } from './options.ts'

/**
 * Snapshots of one pool at one instant: all in one command, which makes them in one transaction group (zfs-snapshot(8)). Held,
 * so that other tools' pruning leaves them alone (H51).
 */
export async function takeSnapshots(
  { snapshots }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const names = snapshots.map(snapshotName)
  const volumes = snapshots.map(({ volume }) => volume)
  for (const pool of new Set(volumes.map((volume) => volume.pool))) {
    const ofPool = names.filter((_, index) => volumes[index]?.pool === pool)
    const options = markOptions(
      'snapshot',
      volumes.filter((volume) => volume.pool === pool),
    )
    await runZfs(['snapshot', ...options, ...ofPool], settings, context)
    await runZfs(['hold', holdTag, ...ofPool], settings, context)
  }
}
