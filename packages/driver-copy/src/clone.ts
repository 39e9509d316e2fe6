import { type CloneRequest, cloneEntry, type DriverContext } from '@pgfork/core/driver'
import { makeCopies } from './make-copies.ts'
import { entryOf } from './names.ts'

/** A clone is a copy of the snapshot, or the snapshot itself where it may be consumed. */
export async function cloneSnapshot(request: CloneRequest, context: DriverContext): Promise<void> {
  const sharesBlocks = request.volume.attributes.clonesShareBlocks === 'true'
  await cloneEntry(
    {
      snapshot: entryOf('snapshot', request.snapshot),
      clone: entryOf('clone', request),
      mayConsume: () => request.consumeSnapshot === true,
      makeFiles: ({ files }, path) =>
        makeCopies([{ source: files, target: path, sharesBlocks, omit: [], isLive: false }], context),
    },
    context,
  )
}
