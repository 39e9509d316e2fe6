import { join } from 'node:path'
import type { CloneReference, DriverContext } from '@pgfork/core/driver'
import { dropLocks } from './drop-locks.ts'
import { type Mapping, mapImage, unmapImage } from './mappers/index.ts'
import { clonePlace, mountFolder, specOf } from './names.ts'
import type { DriverSettings } from './options.ts'
import { untilClosed } from './until-closed.ts'

export const mappingOf = (clone: CloneReference): Mapping => ({
  place: clonePlace(clone),
  folder: join(mountFolder(clone.volume).folder, 'clones', clone.name),
})

/** Makes the device of a clone that isn't mounted. @throws PgforkError `BUSY` (H99) where another host has it, `COPY_MISSING` */
export async function mapClone(
  clone: CloneReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<string> {
  const mapping = mappingOf(clone)
  if (settings.memory.made.delete(specOf(mapping.place)))
    return mapImage({ ...mapping, isNew: true }, settings, context)
  // What was left half made, or whole and not mounted: somebody else may have had it open since (H99).
  await unmapImage(mapping, settings, context)
  await untilClosed(mapping.place, settings, context)
  await dropLocks(mapping.place, settings, context)
  return mapImage(mapping, settings, context)
}
