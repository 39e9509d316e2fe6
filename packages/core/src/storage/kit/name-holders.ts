import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { isBelow } from './is-below.ts'

/** A process that keeps a mount busy. */
export interface Holder {
  readonly pid: number
  readonly command: string
  /** What it holds: its working directory, an open file. */
  readonly path: string
}

/** Who holds files below a path, as far as this user may look (root: everybody). Linux; elsewhere nobody is found. */
export async function findHolders(path: string): Promise<Holder[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const holders = await Promise.all(pids.map((pid) => findHolder(pid, path)))
  return holders.filter((holder) => holder !== undefined)
}

async function findHolder(pid: string, path: string): Promise<Holder | undefined> {
  const folder = join('/proc', pid)
  const descriptors = await readdir(join(folder, 'fd')).catch(() => [])
  for (const link of ['cwd', 'root', 'exe', ...descriptors.map((name) => join('fd', name))]) {
    const held = await readlink(join(folder, link)).catch(() => '')
    if (!isBelow(held, path)) continue
    const command = await readFile(join(folder, 'comm'), 'utf8').catch(() => '')
    return { pid: Number(pid), command: command.trim(), path: held }
  }
  return undefined
}

const describeHolders = (holders: readonly Holder[]): string =>
  holders.length === 0
    ? 'who holds it could not be seen'
    : holders.map(({ pid, command, path }) => `${command} (pid ${pid}) holds ${path}`).join(', ')

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
