import type { Operation } from '../operation/operation.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import { isUnfinished } from '../records/transitions.ts'
import { unflushedFolders } from '../snapshot/flush-snapshot.ts'
import { flushFileSystems } from '../storage/kit/flush-file-systems.ts'

/**
 * Flushes what a power cut would take of a durable fork, and no server of its own flushes (H140): its files where there was nothing to recover
 * (`SyncDataDirectory` in StartupXLOG is for clusters that weren't shut down), and the snapshot of its own that it is reset to.
 *
 * A storage that leaves its clones flushed has not flushed what was written and removed in them since: settings, access rules, what made the
 * copy its source. That is little, and beside the start of the server nobody waits for it, unless others write much on the same file system.
 *
 * @param roots of its clones
 */
export async function flushFork(
  operation: Operation,
  snapshot: SnapshotRecord,
  fork: ForkRecord,
  roots: readonly string[],
): Promise<void> {
  const { durability, ownsSnapshot, resettable } = fork
  if (durability !== 'durable') return
  const ofClones = snapshot.source.isClean ? roots : []
  // A reset goes back to one that was flushed when the fork was made.
  const isNew = ownsSnapshot && resettable && isUnfinished(fork)
  const ofSnapshot = isNew ? await unflushedFolders(operation, snapshot) : []
  await flushFileSystems([...ofClones, ...ofSnapshot], operation.driverContext())
}
