import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runner } from '../system/runner.ts'
import type { TestStorage } from './test-storage.ts'
import { detachLoopDevice, unmount } from './unmount.ts'

/**
 * What a file system on a loop device would hold after a power cut at this instant: what the system has written to the device by now, mounted
 * once more at `path`. Not for Btrfs, of which one file system can't be mounted twice. Disposing takes it away.
 */
export async function cutPower({ filesystem, imageFile }: TestStorage): Promise<AsyncDisposable & { path: string }> {
  const folder = join(dirname(imageFile), 'power-cut')
  const [image, path] = [join(folder, 'image'), join(folder, 'mount')]
  const remove = async (): Promise<void> => {
    await unmount(path)
    await detachLoopDevice(image)
    await rm(folder, { recursive: true, force: true })
  }
  await mkdir(path, { recursive: true })
  try {
    await copyFile(imageFile, image)
    const options = filesystem === 'xfs' ? 'loop,nouuid' : 'loop'
    await runner.run('mount', ['-t', filesystem, '-o', options, image, path])
    return { path, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
