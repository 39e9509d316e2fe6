import { attachMount, type CloneReference, type DriverContext } from '@pgfork/core/driver'
import { activate } from './activate.ts'
import { runCommand } from './command.ts'
import { cloneOptions } from './mount-options.ts'
import { cloneName, deviceOf, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Activates and mounts a clone, as far as it isn't. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const name = cloneName(clone)
  const { fileSystem = 'ext4', mountOptions = 'rw' } = clone.volume.attributes
  const entry = mountEntry(clone)
  const making = entry.mountFolder === undefined ? '' : ',X-mount.mkdir=0700'
  return attachMount(entry, async (mountPoint) => {
    await activate(name, settings, context)
    const words = ['-t', fileSystem, '-o', `${cloneOptions(mountOptions)}${making}`, '--', deviceOf(name), mountPoint]
    await runCommand('mount', words, settings, context)
  })
}
