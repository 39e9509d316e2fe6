import { readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type Entry, findEntry } from '@pgfork/core/driver'
import { layersOf } from './names.ts'

/**
 * A link that leads nowhere: what it says is the name of the snapshot that a clone lies on. The clone's mark says so, too, but nobody flushes
 * that, and a power cut leaves it empty. A link is part of its directory, which the file system's journal brings back (H140).
 */
const linkOf = (clone: Entry): string => join(layersOf(clone).folder, 'snapshot')

export const noteSnapshot = (clone: Entry, name: string): void => symlinkSync(name, linkOf(clone))

/** Undefined of a clone whose mark is empty, and which an earlier version made. @throws PgforkError `COPY_MISSING` */
export async function snapshotOf(clone: Entry): Promise<string | undefined> {
  const { notes } = await findEntry(clone)
  if (notes.snapshot !== undefined) return notes.snapshot
  try {
    return readlinkSync(linkOf(clone))
  } catch {
    return undefined
  }
}
