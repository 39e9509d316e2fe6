import { type Entry, entryFiles } from './entry.ts'
import { ignore } from './ignore.ts'
import { makeMountPoint } from './make-mount-point.ts'
import { checkMountFolder } from './mount-folder.ts'
import { findMount } from './mounts.ts'

/**
 * Mounts a clone in its folder, unless it is; another process may be faster. `mount` is handed the mount point, and makes it where the entry
 * has a `mountFolder`.
 *
 * @returns the mount point
 * @throws PgforkError `PERMISSION_DENIED` (H60), and what `mount` throws
 */
export async function attachMount(clone: Entry, mount: (mountPoint: string) => Promise<unknown>): Promise<string> {
  if ((await findMount(entryFiles(clone))) !== undefined) return entryFiles(clone)
  if (clone.mountFolder !== undefined) checkMountFolder(clone.mountFolder)
  const mountPoint = clone.mountFolder === undefined ? await makeMountPoint(clone) : entryFiles(clone)
  await mount(mountPoint).catch(ignore('TARGET_EXISTS'))
  return mountPoint
}
