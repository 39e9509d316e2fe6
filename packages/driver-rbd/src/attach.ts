import { attachMount, type CloneReference, type DriverContext, PgforkError } from '@pgfork/core/driver'
import { runCommand } from './command.ts'
import { mapClone } from './map-clone.ts'
import { mountOptions, supportedFileSystems } from './mount-options.ts'
import { clonePlace, mountEntry, specOf } from './names.ts'
import type { DriverSettings, Settings } from './options.ts'
import { dropDeadMapping } from './unmount-clone.ts'

/** Makes a device of a clone and mounts it, as far as it isn't. @returns the mount point */
export async function attach(clone: CloneReference, settings: DriverSettings, context: DriverContext): Promise<string> {
  const entry = mountEntry(clone)
  await dropDeadMapping(clone, settings, context)
  return attachMount(entry, async (mountPoint) => {
    const device = await mapClone(clone, settings, context)
    const fileSystem = await readFileSystem(device, specOf(clonePlace(clone)), settings, context)
    await runCommand('mount', mountWords(fileSystem, mountOptions(fileSystem), device, mountPoint), settings, context)
  })
}

/** What `mount` is told. */
export const mountWords = (fileSystem: string, options: string, device: string, mountPoint: string): string[] => [
  ...['-t', fileSystem, '-o', options],
  ...['--', device, mountPoint],
]

/** What `blkid` is told. */
export const probeWords = (device: string): string[] => [
  ...['--probe', '--output', 'value'],
  ...['--match-tag', 'TYPE', device],
]

/** The source is mounted elsewhere, so that only the image itself says what is on it. */
async function readFileSystem(
  device: string,
  spec: string,
  settings: Settings,
  context: DriverContext,
): Promise<string> {
  const found = (await runCommand('blkid', probeWords(device), settings, context).catch(() => '')).trim()
  if (supportedFileSystems.includes(found)) return found
  throw new PgforkError(
    'DRIVER_UNSUPPORTED',
    `${spec} holds ${found === '' ? 'no file system' : found}, and this driver mounts ${supportedFileSystems.join(' and ')} that lie directly in the image: ` +
      'no partitions, LVM or encryption.',
    { facts: { image: spec, found } },
  )
}
