import {
  type CloneReference,
  type DriverContext,
  entryFiles,
  findMount,
  ignore,
  makeMountPoint,
} from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import { cloneName, mountEntry } from './names.ts'
import type { Settings } from './options.ts'

/** Mounts a clone where its property says, unless it is. @returns the mount point */
export async function attach(clone: CloneReference, settings: Settings, context: DriverContext): Promise<string> {
  const entry = mountEntry(clone)
  if ((await findMount(entryFiles(entry))) !== undefined) return entryFiles(entry)
  const mountPoint = await makeMountPoint(entry)
  // Another process may be faster.
  await runZfs(['mount', cloneName(clone)], settings, context).catch(ignore('TARGET_EXISTS'))
  return mountPoint
}
