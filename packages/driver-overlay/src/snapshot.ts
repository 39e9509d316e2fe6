import type { DriverContext, SnapshotRequest } from '@pgfork/core/driver'
import { takeCopies } from '@pgfork/driver-copy/companion'
import { entryOf } from './names.ts'

/** A snapshot is a copy; nobody writes to it, so that any number of clones can lie on it. */
export const takeSnapshots = (request: SnapshotRequest, context: DriverContext): Promise<void> =>
  takeCopies(request, entryOf, context)
