import { type CloneReference, type DriverContext, entryFiles, findMount, ignore } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { cloneName, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Mounts a clone where its property says, unless it is. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const mountPoint = entryFiles(mountEntry(clone))
  if ((await findMount(mountPoint)) === undefined)
    // Another process may be faster.
    await runZfs(['mount', cloneName(clone)], settings, context).catch(ignore('TARGET_EXISTS'))
  return mountPoint
}
