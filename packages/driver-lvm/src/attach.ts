import { mkdir } from 'node:fs/promises'
import { type CloneReference, type DriverContext, findMount, fromSystemError, itemFiles } from '@pgfork/core'
import { runCommand } from './lvm-command.ts'
import type { Settings } from './options.ts'
import { deviceOf, itemOf, itemVolume } from './place.ts'

/** Activates and mounts a clone, unless it is mounted. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const mountPoint = itemFiles(itemOf(clone))
  if ((await findMount(mountPoint)) !== undefined) return mountPoint
  const name = itemVolume('clone', clone)
  const { fileSystem = 'ext4', mountOptions = 'rw' } = clone.volume.attributes
  await runCommand('lvchange', ['--activate', 'y', '--ignoreactivationskip', name], settings, context)
  await mkdir(mountPoint, { recursive: true }).catch((error: unknown) => {
    throw fromSystemError(error, 'COMMAND_FAILED', `The mount point ${mountPoint} could not be made`)
  })
  await runCommand('mount', ['-t', fileSystem, '-o', mountOptions, '--', deviceOf(name), mountPoint], settings, context)
  return mountPoint
}
