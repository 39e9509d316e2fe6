import { type Command, type DriverContext, PgforkError } from '@pgfork/core/driver'
import type { ImagePlace } from '../names.ts'
import type { DriverSettings, MapperName, Settings } from '../options.ts'
import { kernel } from './kernel.ts'
import type { Mapper, Mapping, ShownImage } from './mapper.ts'
import { nbd } from './nbd.ts'
import { qemu } from './qemu.ts'

export type { Mapping, ShownImage } from './mapper.ts'

/** In the order in which they are tried. */
const mappers: Readonly<Record<MapperName, Mapper>> = { kernel, nbd, qemu }

/** @throws PgforkError `DRIVER_UNSUPPORTED` */
export async function mapImage(mapping: Mapping, settings: DriverSettings, context: DriverContext): Promise<string> {
  const { memory } = settings
  memory.mapper ??= settings.mapper ?? (await findUsable(settings, context))
  return mappers[memory.mapper].map(mapping, settings, context)
}

async function findUsable(settings: Settings, context: DriverContext): Promise<MapperName> {
  for (const name of Object.keys(mappers) as MapperName[])
    if (await mappers[name].isUsable(settings, context)) return name
  throw new PgforkError(
    'DRIVER_UNSUPPORTED',
    'No image can become a device here. It takes the kernel module rbd; or nbd with rbd-nbd; or qemu-storage-daemon with the block driver for RBD, ' +
      '/dev/fuse and loop devices.',
  )
}

/** What `mapImage` would run, and the device that it would make, as far as that is known before. */
export async function outlineMapping(
  mapping: Mapping,
  settings: DriverSettings,
  context: DriverContext,
): Promise<{ readonly commands: Command[]; readonly device: string }> {
  const named = settings.memory.mapper ?? settings.mapper
  if (named !== undefined) return mappers[named].outline(mapping, settings)
  const searching: Command[] = []
  for (const mapper of Object.values(mappers)) {
    const { commands, isUsable } = await mapper.foresee(settings, context)
    searching.push(...commands)
    if (!isUsable) continue
    const found = mapper.outline(mapping, settings)
    return { ...found, commands: [...searching, ...found.commands] }
  }
  return { commands: searching, device: '<device>' }
}

/** The device of an image that is mapped here, by whichever mapper. */
export async function findDevice(
  mapping: Mapping,
  settings: Settings,
  context: DriverContext,
): Promise<string | undefined> {
  for (const mapper of Object.values(mappers)) {
    const device = await mapper.find(mapping, settings, context)
    if (device !== undefined) return device
  }
  return undefined
}

export async function unmapImage(mapping: Mapping, settings: Settings, context: DriverContext): Promise<void> {
  for (const mapper of Object.values(mappers)) await mapper.unmap(mapping, settings, context)
}

/** Whether a device of that image is here, and something waits for it. */
export async function isWaiting(place: ImagePlace): Promise<boolean> {
  const asked = Object.values(mappers).map((mapper) => mapper.isWaiting?.({ place }))
  return (await Promise.all(asked)).includes(true)
}

export async function findImageOf(
  device: string,
  settings: Settings,
  context: DriverContext,
): Promise<ShownImage | undefined> {
  for (const mapper of Object.values(mappers)) {
    const shown = await mapper.imageOf(device, settings, context)
    if (shown !== undefined) return shown
  }
  return undefined
}
