import { dirname, join } from 'node:path'
import { defaultFolderName, folderOfClone, isBelow, PgforkError, realFolder } from '@pgfork/core/driver'

/**
 * The folder for a directory's snapshots and clones: the caller's; for a clone, the folder that it lies in; otherwise one beside
 * the directory.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`
 */
export async function chooseFolder(root: string, directory: string | undefined): Promise<string> {
  const folder =
    directory === undefined
      ? ((await folderOfClone(root)) ?? join(dirname(root), defaultFolderName))
      : await realFolder(directory)
  if (!isBelow(folder, root)) return folder
  throw new PgforkError(
    'DRIVER_NOT_APPLICABLE',
    `The copies of ${root} would lie inside it, at ${folder}. Pass a folder outside: copy({ directory: '/srv/pgfork' }).`,
    { facts: { root, directory: folder } },
  )
}
