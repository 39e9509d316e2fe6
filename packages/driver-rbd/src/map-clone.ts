import { join } from 'node:path'
import type { CloneReference, DriverContext } from '@pgfork/core/driver'
import { changeImages } from './command.ts'
import { listLocks } from './images.ts'
import { findDevice, type Mapping, mapImage, unmapImage } from './mappers/index.ts'
import { clonePlace, type ImagePlace, mountFolder, specOf } from './names.ts'
import type { DriverSettings, Settings } from './options.ts'
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
  if (settings.memory.made.delete(specOf(mapping.place))) return mapImage(mapping, settings, context)
  const device = await findDevice(mapping, settings, context)
  if (device !== undefined) return device
  // What was left half made.
  await unmapImage(mapping, settings, context)
  await untilClosed(mapping.place, settings, context)
  await dropLocks(mapping.place, settings, context)
  return mapImage(mapping, settings, context)
}

/** A lock that is left was a client's that died here: hosts' clones have names of their own. */
async function dropLocks(place: ImagePlace, settings: Settings, context: DriverContext): Promise<void> {
  for (const { id, locker } of await listLocks(place, settings, context)) {
    const words = ['lock', 'rm', '--rbd-blocklist-on-break-lock=false', specOf(place), id, locker]
    await changeImages(words, settings, context)
  }
}
