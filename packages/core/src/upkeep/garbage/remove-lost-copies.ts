import { rm } from 'node:fs/promises'
import type { Operation } from '../../operation/operation.ts'
import { parseCopyName } from '../../records/copy-names.ts'
import { findUnrecorded } from '../../records/find-unrecorded.ts'
import { forkStore } from '../../records/fork-record.ts'
import { snapshotStore } from '../../records/snapshot-record.ts'
import { backupFolder } from '../../snapshot/backup-folder.ts'
import type { StoredCopy, VolumeCopy } from '../../storage/driver/driver-set.ts'

/**
 * Removes what is left in storage of a fork whose records a power cut took: on the volumes that other records name, what has its name in the name
 * that this state directory gave it. Only records of forks that nobody uses after a power cut aren't flushed (H144).
 *
 * @throws PgforkError where some of those volumes, or their records, couldn't be looked at: the name alone finds what is on them
 */
export async function removeLostCopies(operation: Operation, name: string): Promise<void> {
  const { state, drivers, warn, cleanupContext } = operation
  const forks = await forkStore(state).list(warn)
  const snapshots = await snapshotStore(state).list(warn)
  const isLost = (item: StoredCopy): boolean => {
    const parsed = parseCopyName(item.name)
    return parsed?.name === name && parsed.identity === state.identity
  }
  const failures: unknown[] = []
  const copies = [...forks.flatMap(({ clones }) => clones), ...snapshots.flatMap((snapshot) => snapshot.copies)]
  for (const volume of volumesOf(copies))
    try {
      const lost = (await findUnrecorded(operation, [volume])).filter(isLost)
      for (const item of lost.filter(({ kind }) => kind === 'clone')) await drivers.removeClone(item, cleanupContext())
      for (const item of lost.filter(({ kind }) => kind === 'snapshot'))
        await drivers.removeSnapshot(item, cleanupContext())
    } catch (error) {
      failures.push(error)
    }
  if (failures.length > 0) throw failures[0]
  const hasSnapshot = snapshots.some((snapshot) => snapshot.name === name)
  if (!hasSnapshot) await rm(backupFolder(state, name).path, { recursive: true, force: true })
}

/** One copy of each volume. */
const volumesOf = (copies: readonly VolumeCopy[]): VolumeCopy[] => [
  ...new Map(copies.map((copy) => [`${copy.driver} ${copy.volume.id}`, copy])).values(),
]
