import { readdir, readlink, stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { printable } from '../../errors/printable.ts'
import { readProcLink, readStat } from '../../process/proc.ts'
import { isBelow } from './is-below.ts'
import { listMounts, type Mount } from './mounts.ts'

/** A process that keeps a mount, a device or a dataset busy. */
export interface Holder {
  readonly pid: number
  readonly command: string
  /** What it holds: its working directory, an open file, a mount point. */
  readonly path: string
  /** In which it is mounted still, while it is not mounted here any more (mount_namespaces(7)). */
  readonly mountNamespace?: string
}

/**
 * Who holds files below a path. Of a device (`/dev/..`) or a dataset of ZFS that isn't mounted here any more: also who has it mounted in another
 * mount namespace. As far as this user may look (root: everybody). Linux; elsewhere nobody is found.
 */
export async function findHolders(path: string): Promise<Holder[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const holders = await Promise.all(pids.map((pid) => findHolder(pid, path)))
  return [...holders.filter((holder) => holder !== undefined), ...(await findOtherMounts(pids, path))]
}

async function findHolder(pid: string, path: string): Promise<Holder | undefined> {
  const folder = join('/proc', pid)
  const descriptors = await readdir(join(folder, 'fd')).catch(() => [])
  for (const link of ['cwd', 'root', 'exe', ...descriptors.map((name) => join('fd', name))]) {
    const held = await readlink(join(folder, link)).catch(() => '')
    if (isBelow(held, path)) return { pid: Number(pid), command: commandOf(pid), path: held }
  }
  return undefined
}

/** One process for each mount namespace other than ours. What is mounted here as well may be a copy, which goes when it is unmounted here. */
async function findOtherMounts(pids: readonly string[], path: string): Promise<Holder[]> {
  const isOfIt = await mountsOf(path)
  if (isOfIt === undefined || (await mountsIn('self')).some(isOfIt)) return []
  const seen = new Set([namespaceOf('self')])
  const holders: Holder[] = []
  for (const pid of pids) {
    const mountNamespace = namespaceOf(pid)
    if (mountNamespace === undefined || seen.has(mountNamespace)) continue
    seen.add(mountNamespace)
    const found = (await mountsIn(Number(pid))).find(isOfIt)
    if (found !== undefined)
      holders.push({ pid: Number(pid), command: commandOf(pid), path: found.mountPoint, mountNamespace })
  }
  return holders
}

/** By what no user can give to a mount of his own: the number of a device, or the kind of a file system that only root mounts. */
async function mountsOf(path: string): Promise<((mount: Mount) => boolean) | undefined> {
  if (!isAbsolute(path)) return ({ fileSystem, source }) => fileSystem === 'zfs' && source === path
  const device = isBelow(path, '/dev') ? await deviceNumber(path) : undefined
  return device === undefined ? undefined : (mount) => mount.device === device
}

const mountsIn = (process: number | 'self'): Promise<Mount[]> => listMounts(process).catch(() => [])

const namespaceOf = (pid: string): string | undefined => readProcLink(`${pid}/ns/mnt`)

/** As mount tables have it; undefined of what is no block device. */
async function deviceNumber(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isBlockDevice() !== true) return undefined
  // As glibc's gnu_dev_major(3) does, for the numbers below 2^12 and 2^20 that Linux gives.
  const { rdev } = found
  return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`
}

const commandOf = (pid: string): string => readStat(Number(pid))?.command ?? ''

/** The names are whose they name: who reads them may be root (H81). */
const describeHolders = (holders: readonly Holder[]): string =>
  holders.length === 0 ? 'who holds it could not be seen' : holders.map(describeHolder).map(onOneLine).join(', ')

const describeHolder = ({ pid, command, path, mountNamespace }: Holder): string =>
  mountNamespace === undefined
    ? `${command} (pid ${pid}) holds ${path}`
    : `${command} (pid ${pid}) has it mounted in another mount namespace, at ${path}`

const mostCharacters = 300

const onOneLine = (text: string): string => printable(text.slice(0, mostCharacters).replaceAll('\n', '\\n'))

/** A `BUSY` error with the names of those who hold what lies below `path` (H56); any other error as it is. */
export async function nameHolders(error: unknown, what: string, path: string): Promise<unknown> {
  if (!isPgforkError(error, 'BUSY')) return error
  const holders = await findHolders(path)
  return new PgforkError('BUSY', `${what}: ${describeHolders(holders)}.`, {
    hazard: 'H56',
    cause: error,
    facts: { path, holders },
  })
}
