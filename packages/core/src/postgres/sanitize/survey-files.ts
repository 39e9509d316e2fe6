import { join } from 'node:path'
import type { Directory } from '../../files/directory.ts'
import { type Walked, walkTree } from '../../files/walk-tree.ts'
import { linkRefused } from '../files/link-refused.ts'

/** Below the data directory, links stand for these alone: they are known, and made anew. */
const linked = { inTop: 'pg_wal', in: 'pg_tblspc' }

/** What the server itself has in its data directory. A link of another name, such as `log`, is left out of a fork. */
const ofServer = [
  ...['PG_VERSION', 'backup_label', 'base', 'global', 'pg_commit_ts', 'pg_dynshmem', 'pg_logical', 'pg_multixact'],
  ...['pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat', 'pg_stat_tmp', 'pg_subtrans', 'pg_tblspc'],
  ...['pg_twophase', 'pg_xact'],
]

/**
 * Looks at every directory of a copied cluster once.
 *
 * Somebody who was short of space may have moved a directory or a file of the server and put a symbolic link in its place.
 * PostgreSQL doesn't mind; but a fork would write to where the link leads, into the source's own files, and its replication
 * slots would be removed there (H1, H23, H66).
 *
 * @returns oids of databases with unlogged relations, told by their init forks (`<filenode>_init`), so that no database needs
 * to be connected to where there is none (H26)
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export async function surveyFiles(dataDirectory: Directory): Promise<string[]> {
  const databases: string[] = []
  for await (const walked of walkTree(dataDirectory)) {
    const { path } = walked
    refuseLinks(walked, (name) =>
      path === '' ? name === linked.inTop || !ofServer.includes(name) : path === linked.in,
    )
    databases.push(...unloggedOf(walked, /^(?:base|pg_tblspc\/[^/]+\/[^/]+)\/(\d+)$/))
  }
  return databases
}

/** The same of what a link of the data directory leads to: the WAL, or a tablespace. */
export async function surveyLinked(directory: Directory): Promise<string[]> {
  const databases: string[] = []
  for await (const walked of walkTree(directory)) {
    refuseLinks(walked, () => false)
    databases.push(...unloggedOf(walked, /^PG_[^/]+\/(\d+)$/))
  }
  return databases
}

function refuseLinks({ path, entries }: Walked, isKnown: (name: string) => boolean): void {
  const found = entries.find((entry) => entry.isSymbolicLink() && !isKnown(entry.name))
  if (found !== undefined) throw linkRefused(join(path, found.name), path === '' ? 'H1' : 'H66')
}

function unloggedOf({ path, entries }: Walked, ofDatabase: RegExp): string[] {
  const oid = ofDatabase.exec(path)?.[1]
  return oid !== undefined && entries.some(({ name }) => name.endsWith('_init')) ? [oid] : []
}
