import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unmount } from '../storage/unmount.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { runner } from '../system/runner.ts'

/** Of a guest; a zpool, where there is one, has this disk, too. */
const disk = '/dev/ubdc'

export interface DiskFileSystem extends AsyncDisposable {
  /** The mount point. Every user may pass through it. */
  readonly path: string
}

const makeArguments = {
  btrfs: ['--quiet', '--force'],
  xfs: ['-q', '-f', '-m', 'reflink=1'],
}

/** A file system on a whole disk of the guest, as directly as pools lie on theirs. Disposing of it wipes the disk. */
export async function createDiskFileSystem(fileSystem: 'btrfs' | 'xfs'): Promise<DiskFileSystem> {
  const folder = await makeWorkFolder(fileSystem)
  const path = join(folder, 'mount')
  await runner.run(`mkfs.${fileSystem}`, [...makeArguments[fileSystem], disk])
  await mkdir(path)
  await runner.run('mount', ['-t', fileSystem, disk, path])
  await chmod(path, 0o755)
  return {
    path,
    async [Symbol.asyncDispose]() {
      await unmount(path)
      await runner.run('wipefs', ['--all', disk])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
