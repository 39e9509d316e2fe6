import { join } from 'node:path'
import type { CloneReference, DriverContext } from '@pgfork/core/driver'
import { dropLocks } from './drop-locks.ts'
import { findDevice, type Mapping, mapImage, unmapImage } from './mappers/index.ts'
import { clonePlace, mountFolder, specOf } from './names.ts'
import type { DriverSettings } from './options.ts'
import { untilClosed } from './until-closed.ts'

export const mappingOf = (clone: CloneReference): Mapping => ({
  place: clonePlace(clone),
  folder: join(mountFolder(clone.volume).folder, 'clones', clone.name),
})

/** The device of a clone, made where there is none. @throws PgforkError `BUSY` (H99) where another host has it, `COPY_MISSING` */
export async function mapClone(
  clone: CloneReference,
  settings: DriverSettings,
  context: DriverContext,
): Promise<string> {
  const mapping = mappingOf(clone)
  if (settings.memory.made.delete(specOf(mapping.place)))
    return mapImage({ ...mapping, isNew: true }, settings, context)
  const device = await findDevice(mapping, settings, context)
  if (device !== undefined) return device
  // What was left half made.
  await unmapImage(mapping, settings, context)
  await untilClosed(mapping.place, settings, context)
  await dropLocks(mapping.place, settings, context)
  return mapImage(mapping, settings, context)
}
