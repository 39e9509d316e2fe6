import { attachMount, type CloneReference, type DriverContext } from '@pgfork/core/driver'
import { activate } from './activate.ts'
import { runCommand } from './command.ts'
import { cloneOptions } from './mount-options.ts'
import { cloneName, deviceOf, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Activates and mounts a clone, as far as it isn't. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const name = cloneName(clone)
  return attachMount(mountEntry(clone), async (mountPoint) => {
    await activate(name, settings, context)
    await runCommand('mount', mountWords(clone, mountPoint), settings, context)
  })
}

/** What `mount` is told. */
export function mountWords(clone: CloneReference, mountPoint: string): string[] {
  const { fileSystem = 'ext4', mountOptions = 'rw' } = clone.volume.attributes
  const making = mountEntry(clone).mountFolder === undefined ? '' : ',X-mount.mkdir=0700'
  const options = `${cloneOptions(mountOptions)}${making}`
  return ['-t', fileSystem, '-o', options, '--', deviceOf(cloneName(clone)), mountPoint]
}
