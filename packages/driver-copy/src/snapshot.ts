import { createEntry, type DriverContext, type EntryNames, type SnapshotRequest } from '@pgfork/core/driver'
import type { Copy } from './copy.ts'
import { makeCopies } from './make-copies.ts'
import { entryOf } from './names.ts'

/** Copies one directory after another. Those of `omit` are left empty. */
export const takeSnapshots = (request: SnapshotRequest, context: DriverContext): Promise<void> =>
  takeCopies(request, entryOf, context)

/** The same for any driver's entries. */
export async function takeCopies(
  { snapshots, omit = [] }: SnapshotRequest,
  entryOf: EntryNames['entryOf'],
  context: DriverContext,
): Promise<void> {
  const copies: Copy[] = []
  for (const snapshot of snapshots) {
    const target = await createEntry(entryOf('snapshot', snapshot))
    const { root, copyOnWrite } = snapshot.volume
    copies.push({ source: root, target, sharesBlocks: copyOnWrite, omit, isLive: true })
  }
  await makeCopies(copies, context)
}
