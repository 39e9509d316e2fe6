import { type CloneRequest, cloneEntry, type DriverContext } from '@pgfork/core/driver'
import { runBtrfs, snapshotWords } from './command.ts'
import { entryOf } from './names.ts'
import type { Settings } from './options.ts'
import { writable } from './snapshot.ts'

/**
 * A clone is a writable snapshot of the snapshot, or the snapshot itself where it may be consumed and was left writable.
 *
 * Renaming takes no time, while every snapshot commits a transaction: 15 ms beside a busy source. A read-only subvolume
 * can't be renamed into another folder, and making it writable commits a transaction, too.
 */
export async function cloneSnapshot(request: CloneRequest, settings: Settings, context: DriverContext): Promise<void> {
  await cloneEntry(
    {
      snapshot: entryOf('snapshot', request.snapshot),
      clone: entryOf('clone', request),
      mayConsume: ({ notes }) => request.consumeSnapshot === true && notes.access === writable.access,
      makeFiles: async ({ files }, path) => {
        await runBtrfs(snapshotWords(files, path, true), settings, context)
      },
    },
    context,
  )
}
