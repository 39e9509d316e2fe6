import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import {
  atExistingFolder,
  defaultFolderName,
  findDefaultFolder,
  folderOfClone,
  isBelow,
  listMounts,
  mountOf,
  PgforkError,
  realFolder,
} from '@pgfork/core/driver'

/**
 * The folder for a directory's snapshots and clones: the caller's; for a clone, the folder that it lies in; otherwise one beside
 * the directory or, where others could exchange that, further up on its file system.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export async function chooseFolder(root: string, directory: string | undefined): Promise<string> {
  const folder = directory === undefined ? await defaultFolderOf(root) : await realFolder(directory)
  if (!isBelow(folder, root)) return folder
  throw new PgforkError(
    'DRIVER_NOT_APPLICABLE',
    `The copies of ${root} would lie inside it, at ${folder}. Pass a folder outside: copy({ directory: '/srv/pgfork' }).`,
    { facts: { root, directory: folder } },
  )
}

async function defaultFolderOf(root: string): Promise<string> {
  const ofClone = await folderOfClone(root)
  if (ofClone !== undefined) return ofClone
  const fileSystem = await fileSystemOf(dirname(root))
  const isOnSame = async (folder: string): Promise<boolean> =>
    (await atExistingFolder(folder, fileSystemOf)) === fileSystem
  return (await findDefaultFolder(root, isOnSame)) ?? join(root, defaultFolderName)
}

/** Subvolumes of a Btrfs have device numbers of their own, and one in the mount table. */
async function fileSystemOf(path: string): Promise<string> {
  const mount = process.platform === 'linux' ? await mountOf(path, await listMounts()) : undefined
  return mount?.device ?? String((await stat(path)).dev)
}
