import { type CloneReference, type DriverContext, entryFiles, findMount, isPgforkError } from '@pgfork/core'
import type { Settings } from './options.ts'
import { cloneName, itemOf } from './place.ts'
import { runZfs } from './zfs-command.ts'

/** Mounts a clone where its property says, unless it is. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const mountPoint = entryFiles(itemOf(clone))
  if ((await findMount(mountPoint)) === undefined)
    await runZfs(['mount', cloneName(clone)], settings, context).catch((error: unknown) => {
      // Another process was faster.
      if (!isPgforkError(error, 'TARGET_EXISTS')) throw error
    })
  return mountPoint
}
