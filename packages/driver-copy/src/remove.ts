import process from 'node:process'
import {
  type CloneReference,
  type DriverContext,
  type Entry,
  refuseMounted,
  removeEntry,
  type SnapshotReference,
  untilNotBusy,
} from '@pgfork/core/driver'
import { runOnTree } from './command.ts'
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
async function remove(entry: Entry, settings: Settings, context: DriverContext): Promise<void> {
  await removeEntry(entry, context, (path) =>
    untilNotBusy(() => removeFiles(path, context), settings.busyTimeoutMs, context),
  )
}

/** rm follows no link and can't be led astray by one put in a directory's place; but it goes into mounts. */
async function removeFiles(path: string, context: DriverContext): Promise<void> {
  // Also of the same file system: the source's own directory could be seen there.
  await refuseMounted(path)
  const careful = process.platform === 'linux' ? ['--one-file-system'] : []
  await runOnTree('rm', ['-rf', ...careful, '--', path], context)
}
