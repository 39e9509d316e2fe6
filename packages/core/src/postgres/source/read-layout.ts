import { dirname, join, resolve } from 'node:path'
import { isSystemError } from '../../errors/from-system-error.ts'
import { messageOf } from '../../errors/message-of.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Directory } from '../../files/directory.ts'
import { linkRefused } from '../files/link-refused.ts'
import type { Elsewhere } from './source-options.ts'

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
 * The source's owner chooses where links lead. What belongs to somebody else is nothing that a fork of the owner's may hold (H63).
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function readLayout(dataDirectory: Directory, elsewhere?: Elsewhere): Layout {
  if (dataDirectory.isLink('pg_tblspc')) throw linkRefused('pg_tblspc', 'H1')
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  const linked = tablespaces.names().map((name) => readLink(tablespaces, name, `pg_tblspc/${name}`, elsewhere))
  return {
    wal:
      elsewhere?.wal === undefined
        ? readLink(dataDirectory, 'pg_wal', 'pg_wal', elsewhere)
        : { link: 'pg_wal', path: elsewhere.wal },
    tablespaces: linked.filter((tablespace) => tablespace !== undefined),
    tablespacesChangedAtMs: tablespaces.stats.mtimeMs,
  }
}

/** The source's own `pg_wal`, wherever it lies. Throws `EACCES` where it belongs to somebody else. */
export const openWal = (dataDirectory: Directory, { wal }: Layout): Directory =>
  wal === undefined ? dataDirectory.openLinked('pg_wal') : dataDirectory.openOwn(wal.path)

function readLink(
  directory: Directory,
  name: string,
  link: string,
  elsewhere: Elsewhere | undefined,
): LinkedDirectory | undefined {
  if (!directory.isLink(name)) return undefined
  const { directoryHere, dataDirectory = directory.path } = elsewhere ?? {}
  const named = resolve(dataDirectory, dirname(link), directory.readLink(name))
  // What a server with paths of its own calls so is something else here, and is followed nowhere (H84).
  const here = directoryHere?.(named)
  try {
    using target = here === undefined ? directory.openLinked(name) : directory.openOwn(here)
    return { link, path: target.path }
  } catch (error) {
    const target = here ?? named
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
