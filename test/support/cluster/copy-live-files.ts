import { constants } from 'node:fs'
import { chown, copyFile, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { serverUser } from '../system/server-user.ts'

/**
 * Copies a folder whose files change and vanish meanwhile; what is gone is left out, as a base backup may. `isWanted`
 * gets paths relative to the top.
 */
export async function copyLiveFiles(from: string, to: string, isWanted: (path: string) => boolean): Promise<void> {
  await copyFolder('')

  async function copyFolder(folder: string): Promise<void> {
    await mkdir(join(to, folder), { recursive: true, mode: 0o700 })
    await own(join(to, folder))
    for (const name of await readdir(join(from, folder))) {
      const path = join(folder, name)
      if (isWanted(path)) await copyEntry(path).catch(ignoreVanished)
    }
  }

  async function copyEntry(path: string): Promise<void> {
    const [source, target] = [join(from, path), join(to, path)]
    const status = await lstat(source)
    if (status.isDirectory()) return copyFolder(path)
    if (status.isSymbolicLink()) await symlink(await readlink(source), target)
    else if (status.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE)
    else return
    if (!status.isSymbolicLink()) await own(target)
  }
}

async function own(path: string): Promise<void> {
  if (serverUser !== undefined) await chown(path, serverUser.uid, serverUser.gid)
}

function ignoreVanished(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
