import { join } from 'node:path'
import {
  atExistingFolder,
  defaultFolderName,
  findDefaultFolder,
  folderOfClone,
  isBelow,
  type Mount,
  mountOf,
  PgforkError,
  realFolder,
} from '@pgfork/core/driver'

export interface ChooseFolderRequest {
  /** The directory to be forked. */
  readonly path: string
  /** The root of its subvolume. */
  readonly root: string
  readonly mount: Mount
  readonly mounts: readonly Mount[]
  readonly directory: string | undefined
}

/**
 * The folder for a subvolume's snapshots and clones: the caller's; for a clone, the folder that it lies in; otherwise one beside
 * the subvolume or, where others could exchange that, further up; where nothing of this file system is visible beside it, in it.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export async function chooseFolder(request: ChooseFolderRequest): Promise<string> {
  const { path, root, directory } = request
  if (directory !== undefined) {
    const folder = await realFolder(directory)
    if (isBelow(folder, path))
      throw refuse(`its "directory" ${folder} lies in the directory that is to be forked`, request)
    if (await isOnSameFileSystem(folder, request)) return folder
    throw refuse(`its "directory" ${folder} lies on another file system`, request)
  }
  const ofClone = await folderOfClone(root)
  if (ofClone !== undefined) return ofClone
  const beside = await findDefaultFolder(root, (folder) => isOnSameFileSystem(folder, request))
  if (beside !== undefined) return beside
  if (path !== root) return join(root, defaultFolderName)
  throw refuse('the subvolume itself is to be forked and what is beside it is another file system', request)
}

async function isOnSameFileSystem(folder: string, { mount, mounts }: ChooseFolderRequest): Promise<boolean> {
  const other = await atExistingFolder(folder, (existing) => mountOf(existing, mounts))
  return other?.fileSystem === 'btrfs' && other.device === mount.device
}

const refuse = (reason: string, { path, root, mount }: ChooseFolderRequest): PgforkError =>
  new PgforkError(
    'DRIVER_NOT_APPLICABLE',
    `The btrfs driver has no folder for snapshots of ${root}: ${reason}. Mount another directory of the Btrfs on ${mount.source}, ` +
      `for example at /srv/pgfork, and pass it: btrfs({ directory: '/srv/pgfork' }).`,
    { facts: { path, root, source: mount.source } },
  )
