import {
  type CloneReference,
  type DriverContext,
  entryFiles,
  findMount,
  ignore,
  makeMountPoint,
} from '@pgfork/core/driver'
import { activate } from './activate.ts'
import { runCommand } from './command.ts'
import { cloneName, deviceOf, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Activates and mounts a clone, as far as it isn't. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const entry = mountEntry(clone)
  if ((await findMount(entryFiles(entry))) !== undefined) return entryFiles(entry)
  const name = cloneName(clone)
  await activate(name, settings, context)
  const mountPoint = await makeMountPoint(entry)
  const { fileSystem = 'ext4', mountOptions = 'rw' } = clone.volume.attributes
  const options = ['-t', fileSystem, '-o', mountOptions]
  // Another process may be faster.
  await runCommand('mount', [...options, '--', deviceOf(name), mountPoint], settings, context).catch(
    ignore('TARGET_EXISTS'),
  )
  return mountPoint
}
