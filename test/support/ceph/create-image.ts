import { randomBytes } from 'node:crypto'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unmount } from '../storage/unmount.ts'
import { makeWorkFolder } from '../system/make-work-folder.ts'
import { listMounts } from '../system/mounts.ts'
import { isRunning, listProcesses } from '../system/processes.ts'
import { runner } from '../system/runner.ts'
import { waitUntil } from '../wait-until.ts'
import type { Ceph } from './ceph.ts'

/** An image with a file system that a source's host has mounted. Disposing of it unmounts and removes it. */
export interface TestImage extends AsyncDisposable {
  /** In the pool `rbd`. */
  readonly name: string
  /** Where it is mounted. Every user may pass through it. */
  readonly path: string
  readonly filesystem: 'ext4' | 'xfs'
  /** Of the process that has it open. */
  readonly pid: number
}

export interface ImageOptions {
  readonly filesystem?: 'ext4' | 'xfs'
  readonly sizeMb?: number
  readonly features?: string
  /** Words before commands, for the host that has it mounted. */
  readonly prefix?: readonly string[]
}

export async function createImage(ceph: Ceph, options: ImageOptions = {}): Promise<TestImage> {
  const { filesystem = 'ext4', sizeMb = 1024, features = 'layering,exclusive-lock', prefix = [] } = options
  const name = `db-${randomBytes(4).toString('hex')}`
  const folder = await makeWorkFolder('image')
  const [file, path] = [join(folder, 'file'), join(folder, 'mount')]
  const run = async (command: string, ...words: string[]): Promise<string> =>
    (await runner.run(command, words, { prefix })).stdout.trim()
  const cleanups: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })]
  const remove = async (): Promise<void> => {
    for (const cleanup of cleanups.reverse()) await cleanup()
  }
  try {
    await ceph.admin('rbd', 'create', '--size', `${sizeMb}M`, '--image-feature', features, `rbd/${name}`)
    cleanups.push(() => ceph.admin('rbd', 'rm', '--no-progress', `rbd/${name}`))
    await writeFile(file, '')
    const blockdev = {
      driver: 'rbd',
      'node-name': 'image',
      pool: 'rbd',
      image: name,
      conf: ceph.conf,
      discard: 'unmap',
    }
    const fuse = { type: 'fuse', id: 'file', 'node-name': 'image', mountpoint: file, writable: true }
    const words = ['--blockdev', JSON.stringify(blockdev), '--export', JSON.stringify(fuse), '--daemonize']
    await run('qemu-storage-daemon', ...words)
    const pid = (await listProcesses()).find(({ command }) => command.includes(`"mountpoint":"${file}"`))?.pid
    if (pid === undefined) throw new Error(`No process has the image ${name} open.`)
    cleanups.push(() => endProcess(pid, `qemu-storage-daemon of ${name}`))
    const device = await run('losetup', '--find', '--show', file)
    cleanups.push(() => run('losetup', '--detach', device))
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

async function endProcess(pid: number, what: string): Promise<void> {
  const found = (await listProcesses()).find((one) => one.pid === pid)
  if (found === undefined) return
  for (const signal of ['SIGCONT', 'SIGTERM'] as const) process.kill(pid, signal)
  await waitUntil(async () => !(await isRunning(found)), { timeoutMs: 60_000, what: `end of ${what}` })
}
