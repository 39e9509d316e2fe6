import {
  type CloneReference,
  type DriverContext,
  type Entry,
  removeEntry,
  removeFiles,
  type SnapshotReference,
} from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import { entryOf } from './names.ts'
import type { Settings } from './options.ts'

export const removeClone = (clone: CloneReference, settings: Settings, context: DriverContext): Promise<void> =>
  remove(entryOf('clone', clone), settings, context)

export const removeSnapshot = (
  snapshot: SnapshotReference,
  settings: Settings,
  context: DriverContext,
): Promise<void> => remove(entryOf('snapshot', snapshot), settings, context)

/** Removes a snapshot or clone with whatever was left of it. */
const remove = (entry: Entry, { busyTimeoutMs }: Settings, context: DriverContext): Promise<void> =>
  removeEntry(entry, context, (path) => removeFiles(path, context, explainCommandError), busyTimeoutMs)
