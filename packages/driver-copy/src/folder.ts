import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  defaultFolderName,
  existingFolder,
  findDefaultFolder,
  folderOfClone,
  isBelow,
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
  const { dev } = await stat(dirname(root))
  const isOnSameFileSystem = async (folder: string): Promise<boolean> =>
    (await stat(await existingFolder(folder))).dev === dev
  return (await findDefaultFolder(root, isOnSameFileSystem)) ?? join(root, defaultFolderName)
}
