import { join, resolve } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { linkRefused } from '../files/link-refused.ts'

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
  /** When a tablespace was made or dropped last, in milliseconds since the epoch. */
  readonly tablespacesChangedAtMs: number
}

/** The links of a data directory by which a cluster lies elsewhere, too: `pg_wal`, `pg_tblspc/16384`. */
export function findLinks(dataDirectory: Directory): string[] {
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  return [
    ...(dataDirectory.isLink('pg_wal') ? ['pg_wal'] : []),
    ...tablespaces.names().flatMap((name) => (tablespaces.isLink(name) ? [`pg_tblspc/${name}`] : [])),
  ]
}

/**
 * What a link of a server's leads to that has a file system of its own, or whose forks will, is something else here.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function refuseLinks(dataDirectory: Directory): void {
  const links = findLinks(dataDirectory)
  if (links.length === 0) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `${links.map((link) => join(dataDirectory.path, link)).join(', ')}: where a fork's server runs in a container, tablespaces and a pg_wal outside of ` +
      'the data directory are not supported yet. Keep all of the cluster below its data directory.',
    { hazard: 'H84', facts: { dataDirectory: dataDirectory.path, links } },
  )
}

/**
 * The source's owner chooses where links lead. What belongs to somebody else is nothing that a fork of the owner's may hold (H63).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function readLayout(dataDirectory: Directory): Layout {
  if (dataDirectory.isLink('pg_tblspc')) throw linkRefused('pg_tblspc', 'H1')
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  const linked = tablespaces.names().map((name) => readLink(tablespaces, name, `pg_tblspc/${name}`))
  return {
    wal: readLink(dataDirectory, 'pg_wal', 'pg_wal'),
    tablespaces: linked.filter((tablespace) => tablespace !== undefined),
    tablespacesChangedAtMs: tablespaces.stats.mtimeMs,
  }
}

function readLink(directory: Directory, name: string, link: string): LinkedDirectory | undefined {
  if (!directory.isLink(name)) return undefined
  try {
    using target = directory.openLinked(name)
    return { link, path: target.path }
  } catch (error) {
    const target = resolve(directory.path, directory.readLink(name))
    throw new PgforkError(
      'LAYOUT_REFUSED',
      `${join(directory.path, name)} leads to ${target}, which cannot be used: ${messageOf(error)}`,
      {
        hazard: isSystemError(error, 'EACCES') ? 'H63' : link === 'pg_wal' ? 'H2' : 'H1',
        facts: { link: join(directory.path, name), target },
        cause: error,
      },
    )
  }
}
