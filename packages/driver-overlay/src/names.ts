import { join } from 'node:path'
import { type Entry, entriesOf, entryFiles } from '@pgfork/core/driver'

/** Snapshots and clones lie in a folder of ours; a clone's files are mounted. */
export const { folderOf, entryOf } = entriesOf('overlay')

/** What a clone consists of besides the snapshot. */
export interface Layers {
  /** Holds the other two, and stays closed when the clone is handed over. */
  readonly folder: string
  /** What was written. */
  readonly upper: string
  /** Where the kernel prepares what it moves to `upper`. */
  readonly work: string
}

export function layersOf(clone: Entry): Layers {
  const folder = join(entryFiles(clone), '..', 'layers')
  return { folder, upper: join(folder, 'upper'), work: join(folder, 'work') }
}
