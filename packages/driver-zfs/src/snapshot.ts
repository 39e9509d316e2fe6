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
  for (const words of snapshotCalls(snapshots)) await runZfs(words, settings, context)
}

/** What `zfs` is told, one call after another. */
export function snapshotCalls(snapshots: SnapshotRequest['snapshots']): string[][] {
  const names = snapshots.map(snapshotName)
  const volumes = snapshots.map(({ volume }) => volume)
  return [...new Set(volumes.map((volume) => volume.pool))].flatMap((pool) => {
    const ofPool = names.filter((_, index) => volumes[index]?.pool === pool)
    const options = markOptions(
      'snapshot',
      volumes.filter((volume) => volume.pool === pool),
    )
    return [
      ['snapshot', ...options, ...ofPool],
      ['hold', holdTag, ...ofPool],
    ]
  })
}
