import { readdir, readFile } from 'node:fs/promises'
import type { ShownImage } from './mapper.ts'

export const program = 'qemu-storage-daemon'

/** One of our daemons, each of which has one image open. */
export interface Daemon extends Pick<ShownImage, 'place' | 'snapshot'> {
  readonly pid: number
  /** Where the image is seen as a file. */
  readonly file: string
}

/**
 * All that run, by the words that they were started with: a file with a process's number could be that of another one. Every user can give such
 * words to a process of his, and would say which image a device is, and keep one from being removed (H125): only those count that root has
 * started, or we.
 */
export async function listDaemons(): Promise<Daemon[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(readDaemon))
  return found.filter((daemon) => daemon !== undefined)
}

async function readDaemon(pid: string): Promise<Daemon | undefined> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const [name = '', ...words] = text.split('\0')
  if (name.split('/').at(-1) !== program || !(await isTrusted(pid))) return undefined
  const blockdev = parseJson(words[words.indexOf('--blockdev') + 1])
  const { mountpoint: file } = parseJson(words[words.indexOf('--export') + 1])
  const { driver, pool, namespace = '', image, snapshot } = blockdev
  if (driver !== 'rbd' || pool === undefined || image === undefined || file === undefined) return undefined
  return { pid: Number(pid), place: { pool, namespace, image }, file, ...(snapshot ? { snapshot } : {}) }
}

/** A program with more rights than its caller is his: he chooses its words, and can stop it. */
async function isTrusted(pid: string): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const users = /^Uid:\t(.*)$/m.exec(status)?.[1]?.split('\t').map(Number) ?? []
  return users.length > 0 && users.every((uid) => uid === 0 || uid === process.geteuid?.())
}

/** The words of a daemon of ours. */
function parseJson(text = ''): Partial<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(text)
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return {}
  }
}
