import { join } from 'node:path'
import type { Operation } from '../operation/operation.ts'
import { accessFileOf } from '../postgres/files/paths.ts'
import { removeIdentity } from '../postgres/files/remove-identity.ts'
import { replaceFile } from '../postgres/files/replace-file.ts'
import { makeOwnFolder } from '../postgres/files/socket-directory.ts'
import { openAccess } from '../postgres/sanitize/access-rules.ts'
import { checkIsCluster, checkOwnTree } from '../postgres/sanitize/check-own-tree.ts'
import { refuseTablespaceReplay } from '../postgres/sanitize/refuse-tablespace-replay.ts'
import { refuseUnstartedBackup } from '../postgres/sanitize/refuse-unstarted-backup.ts'
import { checkLinks, relink, replaceWalDirectory } from '../postgres/sanitize/relink.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { backupFolder } from '../snapshot/backup-folder.ts'
import { restoreBackup } from '../snapshot/restore-backup.ts'
import type { ClonedTree } from './make-clones.ts'

/**
 * Turns a copy of the source's files into a cluster of its own that knows nothing of the source's outside.
 *
 * @returns the directory of its socket
 */
export async function sanitizeFork(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  tree: ClonedTree,
): Promise<string> {
  const { dataDirectory, links, roots } = tree
  checkIsCluster(dataDirectory)
  await checkOwnTree(dataDirectory, snapshot.source.dataDirectory)
  if (snapshot.backup === undefined) await refuseUnstartedBackup(dataDirectory)
  await removeIdentity(dataDirectory)
  if (snapshot.backup === undefined) await relink(dataDirectory, links, fork.owner)
  else {
    await relink(
      dataDirectory,
      links.filter(({ link }) => link !== 'pg_wal'),
      fork.owner,
    )
    const walDirectory = await replaceWalDirectory(dataDirectory, fork.owner)
    const folder = backupFolder(operation.state, snapshot.name)
    await restoreBackup({ dataDirectory, walDirectory, folder, label: snapshot.backup.label, owner: fork.owner })
  }
  await checkLinks(dataDirectory, roots)
  if (!snapshot.source.isClean) await refuseTablespaceReplay(dataDirectory, snapshot.source.major)
  await Promise.all([
    // Its settings are in postgresql.conf already, where the fork's own outweigh them (H11).
    replaceFile(join(dataDirectory, 'postgresql.auto.conf'), '', fork.owner),
    replaceFile(join(dataDirectory, 'pg_ident.conf'), '', fork.owner),
    replaceFile(accessFileOf(dataDirectory), openAccess, fork.owner),
  ])
  return makeOwnFolder(dataDirectory, fork.owner, fork.outsideDirectory)
}
