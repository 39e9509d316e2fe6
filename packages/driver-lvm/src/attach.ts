import { access, mkdir } from 'node:fs/promises'
import {
  type CloneReference,
  type DriverContext,
  entryFiles,
  findMount,
  fromSystemError,
  ignore,
} from '@pgfork/core/driver'
import { changePool, runCommand } from './command.ts'
import { cloneName, deviceOf, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Activates and mounts a clone, as far as it isn't. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const mountPoint = entryFiles(mountEntry(clone))
  if ((await findMount(mountPoint)) !== undefined) return mountPoint
  const name = cloneName(clone)
  if (!(await exists(deviceOf(name))))
    await changePool('lvchange', ['--activate', 'y', '--ignoreactivationskip', name], settings, context)
  await mkdir(mountPoint, { recursive: true }).catch((error: unknown) => {
    throw fromSystemError(error, 'COMMAND_FAILED', `The mount point ${mountPoint} could not be made`)
  })
  const { fileSystem = 'ext4', mountOptions = 'rw' } = clone.volume.attributes
  const options = ['-t', fileSystem, '-o', mountOptions]
  await runCommand('mount', [...options, '--', deviceOf(name), mountPoint], settings, context).catch(
    // Another process was faster.
    ignore('TARGET_EXISTS'),
  )
  return mountPoint
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
