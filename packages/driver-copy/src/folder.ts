import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { defaultFolderName, folderOfClone, isBelow, PgforkError } from '@pgfork/core'

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

/** The folder, or its parent as long as it doesn't exist. */
export const existingFolder = (folder: string): Promise<string> =>
  stat(folder).then(
    () => folder,
    () => dirname(folder),
  )

async function realFolder(directory: string): Promise<string> {
  const real = await realpath(directory).catch(() => undefined)
  if (real !== undefined) return real
  const parent = await realpath(dirname(directory)).catch((error: unknown) => {
    throw new PgforkError(
      'DRIVER_NOT_APPLICABLE',
      `The parent of the driver's "directory" ${directory} doesn't exist.`,
      {
        cause: error,
        facts: { directory },
      },
    )
  })
  return join(parent, basename(directory))
}
