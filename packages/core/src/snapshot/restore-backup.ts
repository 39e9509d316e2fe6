import { constants } from 'node:fs'
import { copyFile, lchown, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../command/command-runner.ts'
import { replaceFile } from '../postgres/files/replace-file.ts'
import type { BackupFolder } from './backup-folder.ts'

export interface RestoreBackupRequest {
  readonly dataDirectory: string
  /** The fork's own, empty. */
  readonly walDirectory: string
  readonly folder: BackupFolder
  readonly label: string
  readonly owner: UserIdentity
}

/**
 * Puts what a base backup adds into a fork: `backup_label`, the control file and the WAL. There is no `tablespace_map`:
 * it would lead to the source's tablespaces (H1), and the fork's links are made already.
 */
export async function restoreBackup(request: RestoreBackupRequest): Promise<void> {
  const { dataDirectory, walDirectory, folder, label, owner } = request
  for (const name of await readdir(folder.wal)) await put(join(folder.wal, name), join(walDirectory, name), owner)
  await put(folder.controlFile, join(dataDirectory, 'global', 'pg_control'), owner)
  await replaceFile(join(dataDirectory, 'backup_label'), label, owner)
}

/** In a directory of the owner's: root must follow no symbolic link that is there in the file's place. */
async function put(from: string, to: string, owner: UserIdentity): Promise<void> {
  await rm(to, { force: true })
  await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  if (process.geteuid?.() === 0) await lchown(to, owner.uid, owner.gid)
}
