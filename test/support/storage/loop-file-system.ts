import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeBtrfs } from '../../../packages/cli/src/storage/make-btrfs.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { listMounts } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import type { FileSystemName, StorageOptions, TestStorage } from './test-storage.ts'
import { detachLoopDevice, unmount } from './unmount.ts'
import { whyNoLoopMounts } from './why-no-loop-mounts.ts'

const makeArguments: Record<FileSystemName, readonly string[]> = {
  btrfs: ['--quiet'],
  xfs: ['-q', '-m', 'reflink=1'],
  ext4: ['-q', '-F'],
}

/**
 * Makes a file system in a sparse file and mounts it by a loop device.
 *
 * @throws Error that says what is missing, where the user can't do that.
 */
export async function createLoopFileSystem(filesystem: FileSystemName, options: StorageOptions): Promise<TestStorage> {
  const obstacle = await whyNoLoopMounts(filesystem)
  if (obstacle !== undefined) throw new Error(obstacle)
  const folder = await makeWorkFolder(filesystem)
  const [imageFile, path] = [join(folder, 'image'), join(folder, 'mount')]
  try {
    await makeSparseFile(imageFile, (options.sizeMb ?? 4096) * 1024 * 1024)
    await makeBtrfs(() => runner.run(`mkfs.${filesystem}`, [...makeArguments[filesystem], imageFile]))
    await mkdir(path)
    await runner.run('mount', [
      '-t',
      filesystem,
      '-o',
      ['loop', ...(options.mountOptions ?? [])].join(','),
      imageFile,
      path,
    ])
    await chmod(path, 0o755)
    const device = (await listMounts()).find((mount) => mount.mountPoint === path)?.source
    if (device === undefined) throw new Error(`${path} is not in the mount table although mount succeeded.`)
    return { filesystem, path, device, imageFile, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }

  async function remove(): Promise<void> {
    await unmount(path)
    await detachLoopDevice(imageFile)
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeSparseFile(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.truncate(bytes)
  } finally {
    await file.close()
  }
}
