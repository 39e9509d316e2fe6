import { open } from 'node:fs/promises'
import { isBelow } from '../system/is-below.ts'
import { listMounts, type Mount } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import { unmount } from './unmount.ts'

/** Unmounts the file system that holds a path, as if it were not mounted yet. Disposing mounts it again. */
export async function takeAway(path: string): Promise<AsyncDisposable> {
  const { mountPoint, source, fileSystem } = await mountOf(path)
  // A loop device goes with its last user.
  const device = await open(source, 'r')
  try {
    await unmount(mountPoint)
  } catch (error) {
    await device.close()
    throw error
  }
  return {
    async [Symbol.asyncDispose]() {
      await runner.run('mount', ['-t', fileSystem, source, mountPoint])
      await device.close()
    },
  }
}

async function mountOf(path: string): Promise<Mount> {
  const mounts = (await listMounts()).filter(({ mountPoint }) => isBelow(path, mountPoint))
  return mounts.reduce((best, mount) => (mount.mountPoint.length >= best.mountPoint.length ? mount : best))
}
