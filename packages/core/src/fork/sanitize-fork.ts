import { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { Operation } from '../operation/operation.ts'
import { accessFile } from '../postgres/files/paths.ts'
import { removeIdentity } from '../postgres/files/remove-identity.ts'
import { makeOwnFolder } from '../postgres/files/socket-directory.ts'
import { openAccess } from '../postgres/sanitize/access-rules.ts'
import { checkIsCluster, checkOwner, checkOwnTree } from '../postgres/sanitize/check-own-tree.ts'
import { dropLogs } from '../postgres/sanitize/drop-logs.ts'
import { dropStrayLinks } from '../postgres/sanitize/drop-stray-links.ts'
import { readReplay } from '../postgres/sanitize/read-replay.ts'
import { refuseUnstartedBackup } from '../postgres/sanitize/refuse-unstarted-backup.ts'
import { checkLinks, linkedDirectories, type Relink, relink, replaceWalDirectory } from '../postgres/sanitize/relink.ts'
import { surveyFiles, surveyLinked } from '../postgres/sanitize/survey-files.ts'
import { proveImage } from '../postgres/source/prove-image.ts'
import type { RecoveryNeeds } from '../postgres/wal/recovery-needs.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { backupFolder } from '../snapshot/backup-folder.ts'
import { restoreBackup } from '../snapshot/restore-backup.ts'
import type { ClonedTree } from './make-clones.ts'

export interface SanitizedFork {
  /** Their oids. */
  readonly databasesWithUnlogged: readonly string[]
  /** Of its socket. */
  readonly socketDirectory: string
  /** What its links lead to. */
  readonly linked: readonly string[]
  /** Of its recovery, as far as its own WAL leads. */
  readonly needs: RecoveryNeeds
}

/** Turns a copy of the source's files into a cluster of its own that knows nothing of the source's outside. */
export async function sanitizeFork(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  tree: ClonedTree,
): Promise<SanitizedFork> {
  const { links, roots } = tree
  const { source, backup } = snapshot
  const { owner } = fork
  using dataDirectory = Directory.open(tree.dataDirectory)
  checkIsCluster(dataDirectory)
  const { evidence } = source
  if (evidence === undefined) checkOwnTree(dataDirectory, source.dataDirectory)
  else await proveImage(dataDirectory, { ...source, evidence })
  const databasesWithUnlogged = await surveyAll(dataDirectory, links, fork)
  if (backup === undefined) refuseUnstartedBackup(dataDirectory)
  removeIdentity(dataDirectory)
  if (backup === undefined) relink(dataDirectory, links, owner)
  else {
    const tablespaces = links.filter(({ link }) => link !== 'pg_wal')
    relink(dataDirectory, tablespaces, owner)
    using wal = replaceWalDirectory(dataDirectory, owner)
    const folder = backupFolder(operation.state, snapshot.name)
    await restoreBackup({ dataDirectory, wal, folder, label: backup.label, owner })
  }
  if (fork.isPrepared === true) reportOthers(operation, dropLogs(dataDirectory, source))
  checkLinks(dataDirectory, roots)
  const needs = await readReplay(dataDirectory, source.major, source.isClean)
  // Its settings are in postgresql.conf already, where the fork's own outweigh them (H11).
  for (const name of ['postgresql.auto.conf', 'pg_ident.conf']) replaceFile(dataDirectory, name, '', owner)
  replaceFile(dataDirectory, accessFile, openAccess(snapshot.tcpAccess), owner)
  for (const name of dropStrayLinks(dataDirectory))
    operation.warn(
      `${name} is a symbolic link in the source's data directory that PostgreSQL doesn't use. It was left out of the fork.`,
    )
  return {
    databasesWithUnlogged: [...databasesWithUnlogged],
    socketDirectory: makeOwnFolder(dataDirectory, owner, fork.outsideDirectory),
    linked: linkedDirectories(dataDirectory),
    needs,
  }
}

function reportOthers(operation: Operation, names: readonly string[]): void {
  if (names.length > 0)
    operation.warn(
      `The data directory holds what isn't PostgreSQL's, and is as it was in the source: ${names.join(', ')}. See that nothing is left there that prepare takes out (H68).`,
    )
}

/** Looks through the copies of everything that the cluster consists of, before anything is changed in one. */
async function surveyAll(
  dataDirectory: Directory,
  links: readonly Relink[],
  { owner }: ForkRecord,
): Promise<Set<string>> {
  checkOwner(dataDirectory, owner)
  const databases = new Set(await surveyFiles(dataDirectory))
  for (const { target } of links) {
    using directory = Directory.open(target)
    checkOwner(directory, owner)
    for (const oid of await surveyLinked(directory)) databases.add(oid)
  }
  return databases
}
