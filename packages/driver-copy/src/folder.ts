import { dirname, join } from 'node:path'
import { defaultFolderName, folderOfClone, isBelow, PgforkError, realFolder } from '@pgfork/core/driver'

/**
 * Where snapshots and clones of a directory lie: as the caller says, else beside the clone that it is, else beside it.
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
    `The copies of ${root} would lie in itself, at ${folder}. Name a folder outside of it: copy({ directory: '/srv/pgfork' }).`,
    { facts: { root, directory: folder } },
  )
}
