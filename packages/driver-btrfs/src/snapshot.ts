import { createEntry, type DriverContext, type SnapshotReference, type SnapshotRequest } from '@pgfork/core/driver'
import { runBtrfs, snapshotWords } from './command.ts'
import { entryOf } from './names.ts'
import type { Settings } from './options.ts'

/** In the mark of a snapshot that only its folder protects from changes. */
export const writable = { access: 'writable' }

/**
 * One command for each volume, all at once, so that they lie close together in time. All have ended when this returns or throws.
 * A Btrfs snapshot keeps the owner and mode of its source's root, which PostgreSQL checks of a data directory.
 */
export async function takeSnapshots(
  { snapshots, singleUse = false }: SnapshotRequest,
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  const take = async (snapshot: SnapshotReference): Promise<void> => {
    const files = await createEntry(entryOf('snapshot', snapshot), singleUse ? writable : {})
    await runBtrfs(snapshotWords(snapshot.volume.root, files, singleUse), settings, context)
  }
  const results = await Promise.allSettled(snapshots.map(take))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
