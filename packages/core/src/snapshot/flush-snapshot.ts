import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { flushFileSystems } from '../storage/kit/flush-file-systems.ts'
import { backupFolder } from './backup-folder.ts'

/** Flushes what a power cut would take of a snapshot (H140). Where the storage leaves it flushed, that is the WAL of a base backup alone. */
export async function flushSnapshot(operation: Operation, snapshot: SnapshotRecord): Promise<void> {
  await flushFileSystems(await unflushedFolders(operation, snapshot), operation.driverContext())
}

/** Where files of a snapshot lie that nobody has flushed. */
export async function unflushedFolders(operation: Operation, snapshot: SnapshotRecord): Promise<string[]> {
  const { name, copies, consistency } = snapshot
  const paths = (await operation.drivers.unflushed(copies)).map((copy) => folderOf(operation, copy))
  const backup = consistency === 'backup' ? [backupFolder(operation.state, name).path] : []
  return [...(await Promise.all(paths)), ...backup]
}

async function folderOf({ drivers, driverContext }: Operation, copy: VolumeCopy): Promise<string> {
  const items = await drivers.list(copy, driverContext())
  const path = items.find(({ kind, name }) => kind === 'snapshot' && name === copy.name)?.path
  if (path !== undefined) return path
  throw new PgforkError(
    'COPY_MISSING',
    `The snapshot ${copy.name} of ${copy.volume.root} was removed by another tool.`,
    {
      hazard: 'H57',
      facts: { name: copy.name },
    },
  )
}
