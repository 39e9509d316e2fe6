import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { PgforkError } from '../../errors/pgfork-error.ts'

/** A directory outside of the data directory that a symbolic link in it leads to. */
interface LinkedDirectory {
  /** The link, relative to the data directory: `pg_wal`, `pg_tblspc/16384`. */
  readonly link: string
  /** Real path of what it leads to. */
  readonly path: string
}

/** Where a cluster's files lie besides its data directory (H1, H2). */
export interface Layout {
  readonly wal: LinkedDirectory | undefined
  readonly tablespaces: readonly LinkedDirectory[]
}

export async function readLayout(dataDirectory: string): Promise<Layout> {
  const names = await readdir(join(dataDirectory, 'pg_tblspc'))
  const tablespaces = await Promise.all(names.map((name) => readLink(dataDirectory, join('pg_tblspc', name))))
  return {
    wal: await readLink(dataDirectory, 'pg_wal'),
    tablespaces: tablespaces.filter((tablespace) => tablespace !== undefined),
  }
}

async function readLink(dataDirectory: string, link: string): Promise<LinkedDirectory | undefined> {
  const path = join(dataDirectory, link)
  if (!(await lstat(path)).isSymbolicLink()) return undefined
  const target = resolve(join(path, '..'), await readlink(path))
  const real = await realpath(target).catch((error: unknown) => {
    throw new PgforkError('LAYOUT_REFUSED', `${path} leads to ${target}, which cannot be reached: ${String(error)}`, {
      hazard: link === 'pg_wal' ? 'H2' : 'H1',
      facts: { link: path, target },
      cause: error,
    })
  })
  return { link, path: real }
}
