import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { copyInto } from '../files/copy-file.ts'
import type { Directory } from '../files/directory.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { BackupFolder } from './backup-folder.ts'

export interface RestoreBackupRequest {
  readonly dataDirectory: Directory
  /** The fork's own, empty. */
  readonly wal: Directory
  readonly folder: BackupFolder
  readonly label: string
  readonly owner: UserIdentity
}

/**
 * Puts what a base backup adds into a fork: `backup_label`, the control file and the WAL. There is no `tablespace_map`:
 * it would lead to the source's tablespaces (H1), and the fork's links are made already.
 */
export async function restoreBackup(request: RestoreBackupRequest): Promise<void> {
  const { dataDirectory, wal, folder, label, owner } = request
  for (const name of await readdir(folder.wal)) await copyInto(wal, name, join(folder.wal, name), owner)
  using global = dataDirectory.openDirectory('global')
  await copyInto(global, 'pg_control', folder.controlFile, owner)
  replaceFile(dataDirectory, 'backup_label', label, owner)
}
