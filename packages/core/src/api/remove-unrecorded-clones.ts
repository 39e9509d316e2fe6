import { type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { parseCopyName } from '../records/copy-names.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { findUnrecorded } from '../upkeep/rebuild/find-unrecorded.ts'

/**
 * Removes the clones on the storage of these snapshots that this state directory has made and that no record names any more, as a power cut leaves
 * those of forks whose records aren't flushed (H144). Not for storage where somebody might want `rebuildState` to find a lost fork.
 *
 * @throws PgforkError `STATE_UNUSABLE` for a record that can't be read, `STORAGE_MISSING`
 */
export async function removeUnrecordedClones(
  snapshots: readonly string[],
  options: OperationOptions = {},
): Promise<void> {
  checkOptions('removeUnrecordedClones', options, operationShape)
  const operation = await startOperation(options)
  const { state, drivers, cleanupContext } = operation
  const records = await Promise.all(snapshots.map((name) => snapshotStore(state).find(name)))
  const copies = records.flatMap((record) => record?.copies ?? [])
  const volumes = [...new Map(copies.map((copy) => [`${copy.driver} ${copy.volume.id}`, copy])).values()]
  const isOwn = (name: string): boolean => parseCopyName(name)?.identity === state.identity
  for (const item of await findUnrecorded(operation, volumes))
    if (item.kind === 'clone' && isOwn(item.name)) await drivers.removeClone(item, cleanupContext())
}
