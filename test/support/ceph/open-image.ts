import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRunning, listProcesses } from '../system/processes.ts'
import { waitUntil } from '../wait-until.ts'
import type { Ceph } from './ceph.ts'

/** By what an image becomes a device: a process that shows it as a file, the kernel's own client, or one behind a network block device. */
export type Mapper = 'qemu' | 'kernel' | 'nbd'

export interface OpenImage {
  readonly device: string
  /** Of the process that has it open, if it is not the kernel that has. */
  readonly pid: number | undefined
  close(): Promise<void>
}

export interface OpenImageRequest {
  /** In the pool `rbd`. */
  readonly name: string
  readonly mapper: Mapper
  /** Of the image's own. */
  readonly folder: string
  /** Runs a command on the host that is to have it. */
  run(command: string, ...words: string[]): Promise<string>
}

/** Makes a device of an image, as on the host of a source. */
export const openImage = (ceph: Ceph, request: OpenImageRequest): Promise<OpenImage> =>
  request.mapper === 'qemu' ? openByProcess(ceph, request) : openByKernel(ceph, request)

async function openByKernel({ conf }: Ceph, { name, mapper, run }: OpenImageRequest): Promise<OpenImage> {
  const type = ['--device-type', mapper === 'kernel' ? 'krbd' : 'nbd', '--conf', conf]
  const device = await run('rbd', 'device', 'map', ...type, `rbd/${name}`)
  return { device, pid: undefined, close: async () => void (await run('rbd', 'device', 'unmap', ...type, device)) }
}

async function openByProcess({ conf }: Ceph, { name, folder, run }: OpenImageRequest): Promise<OpenImage> {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const blockdev = { driver: 'rbd', 'node-name': 'image', pool: 'rbd', image: name, conf, discard: 'unmap' }
  const fuse = { type: 'fuse', id: 'file', 'node-name': 'image', mountpoint: file, writable: true }
  const words = ['--blockdev', JSON.stringify(blockdev), '--export', JSON.stringify(fuse), '--daemonize']
  await run('qemu-storage-daemon', ...words)
  const found = (await listProcesses()).find(({ command }) => command.includes(`"mountpoint":"${file}"`))
  if (found === undefined) throw new Error(`No process has the image ${name} open.`)
  const end = async (): Promise<void> => {
    if (!(await isRunning(found))) return
    for (const signal of ['SIGCONT', 'SIGTERM'] as const) process.kill(found.pid, signal)
    const what = `end of qemu-storage-daemon of ${name}`
    await waitUntil(async () => !(await isRunning(found)), { timeoutMs: 60_000, what })
  }
  try {
    const device = await run('losetup', '--find', '--show', file)
    const close = async (): Promise<void> => {
      await run('losetup', '--detach', device)
      await end()
    }
    return { device, pid: found.pid, close }
  } catch (error) {
    await end()
    throw error
  }
}
