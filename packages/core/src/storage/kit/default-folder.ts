import { dirname, join } from 'node:path'
import { findUnsafe } from '../../files/check-place.ts'

/** The name of the folder that drivers make by themselves, and remove again with the last entry. */
export const defaultFolderName = '.pgfork'

/**
 * The default folder of a volume: beside it or, where somebody else could exchange it there, as the source's owner often can,
 * in the next directory above in which nobody can (H61). The way up ends where `isUsable` says no. Where there is none, the one
 * beside the volume, which will be refused with the reason.
 */
export async function findDefaultFolder(
  root: string,
  isUsable: (folder: string) => Promise<boolean>,
): Promise<string | undefined> {
  let beside: string | undefined
  for (let path = root; path !== '/'; path = dirname(path)) {
    const folder = join(dirname(path), defaultFolderName)
    if (!(await isUsable(folder))) break
    beside ??= folder
    if (findUnsafe(folder) === undefined) return folder
  }
  return beside
}
