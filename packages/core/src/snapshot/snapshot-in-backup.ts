import { mkdir } from 'node:fs/promises'
import type { Client } from 'pg'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { type FinishedBackup, startBackup } from '../postgres/backup/base-backup.ts'
import { copyControlFile } from '../postgres/backup/copy-control-file.ts'
import { copyWal } from '../postgres/backup/copy-wal.ts'
import type { Inspection } from '../postgres/source/inspection.ts'
import { openWal } from '../postgres/source/read-layout.ts'
import { backupFolder } from './backup-folder.ts'
import { checkStateSpace, type SpaceThresholds } from './check-space.ts'

export interface SnapshotInBackupRequest {
  readonly name: string
  readonly inspection: Inspection
  readonly client: Client
  /** No backup begins without a checkpoint; this one is not to disturb the source. */
  readonly isSpread: boolean
  readonly spaceThresholds: SpaceThresholds
  /** Captures the volumes, one after another. */
  capture(): Promise<void>
}

/**
 * Captures files that change meanwhile, or volumes at different instants, within a base backup (H4). The control file is
 * copied after all others, the WAL after the backup's end.
 */
export async function snapshotInBackup(
  operation: Operation,
  request: SnapshotInBackupRequest,
): Promise<FinishedBackup> {
  const { name, client, isSpread, capture } = request
  const { major, control } = request.inspection
  using dataDirectory = Directory.open(request.inspection.dataDirectory)
  const folder = backupFolder(operation.state, name)
  await mkdir(folder.path, { mode: 0o700 })
  const started = await startBackup(client, { major, name, isSpread })
  await capture()
  await copyControlFile(dataDirectory, folder.controlFile)
  const backup = await started.stop()
  using wal = openWal(dataDirectory, request.inspection.layout)
  await copyWal({
    wal,
    backup,
    segmentBytes: control.walSegmentBytes,
    target: folder.wal,
    admit: (bytes) => checkStateSpace(operation.state.path, bytes, request.spaceThresholds),
  })
  return backup
}
