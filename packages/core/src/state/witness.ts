import { chmodSync, closeSync, lstatSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname } from 'node:path'
import { askSocket } from '../process/ask-socket.ts'

/**
 * A Unix socket at which a process listens as long as it lives. The kernel closes it with the process, however that ends, and tells
 * so to everybody on the same machine who reaches its file, whatever PID or network namespace he is in.
 */
export interface Witness {
  readonly file: WitnessFile
  /** Removes it. */
  close(): void
}

/** Who sees another device or inode reaches another file, at which nobody listens. */
export interface WitnessFile {
  readonly device: number
  readonly inode: number
}

/** `sun_path` of unix(7) less its terminating zero. */
const longestPath = 107

/** Undefined where the file system has no sockets, or no such folder any more. */
export function openWitness(path: string): Witness | undefined {
  const address = shorten(path)
  if (address === undefined) return undefined
  const server = createServer((connection) => connection.destroy())
  const close = (): void => {
    server.close()
    address.release()
  }
  // That it doesn't listen tells the same, and at once.
  server.on('error', () => {})
  server.listen({ path: address.path, exclusive: true })
  server.unref()
  if (server.listening) makePrivate(address.path)
  const found = server.listening ? lstatSync(path, { throwIfNoEntry: false }) : undefined
  if (found !== undefined) return { file: { device: found.dev, inode: found.ino }, close }
  close()
  return undefined
}

/** A socket's file has the modes that the caller's umask leaves it. Its folder is private already. */
function makePrivate(path: string): void {
  try {
    chmodSync(path, 0o600)
  } catch {
    // Its folder was removed meanwhile.
  }
}

/** Whether the process still listens that did so at this file since this machine was booted. */
export async function askWitness(path: string, file: WitnessFile): Promise<'running' | 'ended' | 'unknown'> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  const address = found?.dev === file.device && found.ino === file.inode ? shorten(path) : undefined
  if (address === undefined) return 'unknown'
  try {
    return await askSocket(address.path)
  } finally {
    address.release()
  }
}

/** A path that fits into a socket's address, by way of its folder where it is too long (Linux). */
function shorten(path: string): { readonly path: string; release(): void } | undefined {
  if (Buffer.byteLength(path) <= longestPath) return { path, release: () => {} }
  try {
    const folder = openSync(dirname(path), 'r')
    return { path: `/proc/self/fd/${folder}/${basename(path)}`, release: () => closeSync(folder) }
  } catch {
    return undefined
  }
}
