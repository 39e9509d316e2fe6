import {
  attachMount,
  type CloneReference,
  type DriverContext,
  type Entry,
  findEntry,
  isPgforkError,
  PgforkError,
} from '@pgfork/core/driver'
import { mountOverlay } from './mount-overlay.ts'
import { entryOf, layersOf } from './names.ts'
import type { Settings } from './options.ts'
import { snapshotOf } from './snapshot-of.ts'

/** Mounts a clone on its snapshot, unless it is. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const entry = entryOf('clone', clone)
  return attachMount(entry, async (mountPoint) => {
    const lower = await findSnapshot(entry)
    const isVolatile = clone.volume.attributes.volatile === 'true'
    await mountOverlay({ lower, ...layersOf(entry), mountPoint, isVolatile }, settings, context)
  }).catch(async (error: unknown) => {
    if (isPgforkError(error, 'COPY_MISSING')) await entry.requireStorage?.()
    throw error
  })
}

/** Where the files are that a clone lies on. @throws PgforkError `COPY_MISSING` */
async function findSnapshot(clone: Entry): Promise<string> {
  const name = await snapshotOf(clone)
  if (name === undefined)
    throw new PgforkError(
      'COPY_MISSING',
      `The mark of the clone ${clone.name} doesn't tell which snapshot it lies on.`,
      {
        hazard: 'H57',
        facts: { name: clone.name },
      },
    )
  return (await findEntry(entryOf('snapshot', { volume: clone.volume, name }))).files
}
