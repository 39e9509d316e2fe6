import { basename, join, resolve } from 'node:path'
import type { UserIdentity } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { makeDirectory } from '../../files/make-directory.ts'
import { makeLink } from '../../files/make-link.ts'
import { removeTree } from '../../files/remove-tree.ts'

/** A symbolic link of the data directory and where it must lead in the fork. */
export interface Relink {
  /** `pg_wal` or `pg_tblspc/<oid>`. */
  readonly link: string
  /** The fork's own copy of what the source's link leads to. */
  readonly target: string
}

/**
 * Points the fork's links to its own copies; the source's are never opened (H1, H2). A link that the source lost since it was
 * looked at isn't made again.
 */
export function relink(dataDirectory: Directory, links: readonly Relink[], owner: UserIdentity): void {
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  for (const { link, target } of links) {
    const [directory, name] = link === 'pg_wal' ? [dataDirectory, link] : [tablespaces, basename(link)]
    if (!directory.isLink(name) && !isMountPoint(directory, name)) continue
    removeTree(directory, name)
    makeLink(directory, name, target, owner)
  }
}

/** What is mounted over a directory in the source's container is not in it. No server leaves its WAL directory empty. */
function isMountPoint(directory: Directory, name: string): boolean {
  if (name !== 'pg_wal' || directory.look(name)?.isDirectory() !== true) return false
  using found = directory.openDirectory(name)
  return found.names().length === 0
}

/** The directories that the links of a fork lead to. */
export function linkedDirectories(dataDirectory: Directory): string[] {
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  const targetsOf = (directory: Directory, names: readonly string[]): string[] =>
    names.filter((name) => directory.isLink(name)).map((name) => directory.readLink(name))
  return [...targetsOf(dataDirectory, ['pg_wal']), ...targetsOf(tablespaces, tablespaces.names())]
}

/** Gives the fork an empty WAL directory of its own, whatever the source's was. */
export function replaceWalDirectory(dataDirectory: Directory, owner: UserIdentity): Directory {
  removeTree(dataDirectory, 'pg_wal')
  const wal = makeDirectory(dataDirectory, 'pg_wal', owner)
  makeDirectory(wal, 'archive_status', owner)[Symbol.dispose]()
  return wal
}

/**
 * The last look before the start: no link of the fork may lead out of its own volumes, also none of a tablespace that the
 * source made after it was looked at.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function checkLinks(dataDirectory: Directory, roots: readonly string[]): void {
  using tablespaces = dataDirectory.openDirectory('pg_tblspc')
  checkLink(dataDirectory, 'pg_wal', roots)
  for (const oid of tablespaces.names()) checkLink(tablespaces, oid, roots)
}

function checkLink(directory: Directory, name: string, roots: readonly string[]): void {
  if (!directory.isLink(name)) return
  const path = join(directory.path, name)
  const target = resolve(directory.path, directory.readLink(name))
  if (roots.some((root) => `${target}/`.startsWith(`${root}/`)) && isDirectory(target)) return
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `${path} leads out of the fork, to ${target}: the source made it while it was being forked. Try again.`,
    { hazard: name === 'pg_wal' ? 'H2' : 'H1', facts: { path, target } },
  )
}

/** Reached by no further link. */
function isDirectory(path: string): boolean {
  try {
    Directory.open(path)[Symbol.dispose]()
    return true
  } catch {
    return false
  }
}
