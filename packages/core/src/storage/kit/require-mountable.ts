import type { Mount } from './mounts.ts'
import { notApplicable } from './not-applicable.ts'

/**
 * That a directory lies on a file system of which a driver can mount a copy, and is not seen through a part of it alone.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export function requireMountable(path: string, mount: Mount, fileSystems: readonly string[]): void {
  if (!fileSystems.includes(mount.fileSystem))
    throw notApplicable(path, `is on ${mount.fileSystem}; this driver mounts ${fileSystems.join(' and ')}`)
  refuseBindMount(path, mount, 'file system')
}

/**
 * That a mount shows the whole of what it is of.
 *
 * @param of what that is called
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export function refuseBindMount(path: string, mount: Mount, of: string): void {
  if (mount.root !== '/')
    throw notApplicable(path, `is seen through a bind mount of a part of its ${of}; name the path in the ${of} itself`)
}
