import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unmount } from '../storage/unmount.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { listMounts } from '../system/mounts.ts'
import { runner } from '../system/runner.ts'
import type { Ceph } from './ceph.ts'
import { type Mapper, openImage } from './open-image.ts'

/** An image with a file system that a source's host has mounted. Disposing of it unmounts and removes it. */
export interface TestImage extends AsyncDisposable {
  /** In the pool `rbd`. */
  readonly name: string
  /** Where it is mounted. Every user may pass through it. */
  readonly path: string
  readonly filesystem: 'ext4' | 'xfs'
  /** Of the process that has it open, if it is not the kernel that has. */
  readonly pid: number | undefined
}

export interface ImageOptions {
  readonly filesystem?: 'ext4' | 'xfs'
  readonly sizeMb?: number
  readonly features?: string
  readonly mapper?: Mapper
  /** Words before commands, for the host that has it mounted. */
  readonly prefix?: readonly string[]
}

export async function createImage(ceph: Ceph, options: ImageOptions = {}): Promise<TestImage> {
  const { filesystem = 'ext4', sizeMb = 1024, features = 'layering,exclusive-lock' } = options
  const { mapper = 'qemu', prefix = [] } = options
  const name = `db-${randomBytes(4).toString('hex')}`
  const folder = await makeWorkFolder('image')
  const path = join(folder, 'mount')
  const run = async (command: string, ...words: string[]): Promise<string> =>
    (await runner.run(command, words, { prefix })).stdout.trim()
  const cleanups: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const remove = async (): Promise<void> => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
  try {
    await ceph.admin('rbd', 'create', '--size', `${sizeMb}M`, '--image-feature', features, `rbd/${name}`)
    cleanups.push(() => ceph.admin('rbd', 'rm', '--no-progress', `rbd/${name}`))
    const { device, pid, close } = await openImage(ceph, { name, mapper, folder, run })
    cleanups.push(close)
    await run(`mkfs.${filesystem}`, ...(filesystem === 'ext4' ? ['-q', '-F'] : ['-q']), device)
    await mkdir(path)
    await run('mount', '-t', filesystem, device, path)
    cleanups.push(() => (prefix.length > 0 ? run('umount', path) : unmount(path)))
    if ((await listMounts()).some(({ mountPoint }) => mountPoint === path)) await chmod(path, 0o755)
    return { ...{ name, path, filesystem, pid }, [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}
