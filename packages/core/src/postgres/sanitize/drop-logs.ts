import { isAbsolute, normalize, relative } from 'node:path'
import type { Directory } from '../../files/directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { ownFolder } from '../files/remove-identity.ts'

/** What `initdb`, the server and its tools make. */
const ofServer = new Set([
  ...['PG_VERSION', 'base', 'global', 'pg_commit_ts', 'pg_dynshmem', 'pg_logical', 'pg_multixact', 'pg_notify'],
  ...['pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat', 'pg_stat_tmp', 'pg_subtrans', 'pg_tblspc', 'pg_twophase'],
  ...['pg_wal', 'pg_xact', 'postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf', 'backup_label'],
  ...['backup_label.old', 'backup_manifest', ownFolder],
])

/** Their defaults, which may have been in use before. */
const logs = ['log', 'pg_log']

const isCore = (name: string): boolean => /^core(\.\d+)?$/.test(name)

/**
 * Takes out of a copy what is in no table and may tell what is personal all the same (H68): the server's log, which quotes
 * statements and rows; core dumps; and the server's statistics, which hold texts of statements, and which a crash would take, too.
 *
 * @param logDirectory of the source: absolute, or from its data directory
 * @returns names of files and directories that aren't PostgreSQL's, and may hold anything
 */
export function dropLogs(
  dataDirectory: Directory,
  {
    dataDirectory: source,
    logDirectory = 'log',
  }: { readonly dataDirectory: string; readonly logDirectory?: string | undefined },
): string[] {
  const path = normalize(isAbsolute(logDirectory) ? relative(source, logDirectory) : logDirectory)
  const folders = new Set([...logs, path.split('/')[0]])
  for (const name of ['pg_stat', 'pg_stat_tmp']) {
    using statistics = dataDirectory.openDirectory(name)
    for (const entry of statistics.names()) removeTree(statistics, entry)
  }
  const others = dataDirectory.names().filter((name) => !ofServer.has(name))
  const isLog = (name: string): boolean => folders.has(name) || isCore(name)
  for (const name of others.filter(isLog)) removeTree(dataDirectory, name)
  return others.filter((name) => !isLog(name)).sort()
}
