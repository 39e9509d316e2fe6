import { join } from 'node:path'
import type { StateDirectory } from '../state/state-directory.ts'

/** What a base backup adds to a snapshot's files, kept in the state directory. */
export interface BackupFolder {
  readonly path: string
  readonly wal: string
  readonly controlFile: string
}

/** Its name can't be a record's: those end in `.json`. */
export function backupFolder(state: StateDirectory, snapshot: string): BackupFolder {
  const path = join(state.snapshots, `${snapshot}.backup`)
  return { path, wal: join(path, 'wal'), controlFile: join(path, 'pg_control') }
}
