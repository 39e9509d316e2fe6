import { attachMount, type CloneReference, type DriverContext } from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { cloneName, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Mounts a clone where its property says, unless it is. @returns the mount point */
export const attach = (clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> =>
  attachMount(mountEntry(clone), () => runZfs(['mount', cloneName(clone)], settings, context))
