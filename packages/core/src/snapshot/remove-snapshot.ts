import { rm } from 'node:fs/promises'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { type ForkRecord, forkStore } from '../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { isReady, isRemoving, isUnfinished } from '../records/transitions.ts'
import { backupFolder } from './backup-folder.ts'

/**
 * Removes a snapshot with all that belongs to it, under the lock of its name; its record last, so that a failure leaves it to be found.
 *
 * @throws PgforkError `BUSY` while the storage needs it for a fork: then it is as usable as before (H141)
 */
export async function removeSnapshot(operation: Operation, record: SnapshotRecord): Promise<void> {
  const store = snapshotStore(operation.state)
  const current = await store.findSame(record)
  if (current !== undefined) await refuseNeeded(operation, current)
  // Its names in storage are nobody else's: they can be removed when the state directory was lost, too.
  const removed = current && (await store.markRemoving(current))
  for (const [index, copy] of record.copies.entries())
    try {
      await operation.drivers.removeSnapshot(copy, operation.cleanupContext())
    } catch (error) {
      const isWhole = index === 0 && isPgforkError(error, 'BUSY') && current !== undefined && isReady(current)
      // Where the mark could not be written, there is none to take back.
      if (isWhole && removed !== undefined) await store.unmarkRemoving(removed).catch(() => {})
      throw error
    }
  if (removed === undefined) return
  await rm(backupFolder(operation.state, record.name).path, { recursive: true, force: true })
  await store.forget(removed)
}

/**
 * Who makes a fork of it meanwhile looks for it once more when he has its clones. One that is being removed may have none any more: the
 * storage knows.
 */
async function refuseNeeded(operation: Operation, snapshot: SnapshotRecord): Promise<void> {
  const { state, drivers, warn } = operation
  const { name, createdAt, copies } = snapshot
  if (!(await drivers.clonesPinSnapshots(copies))) return
  const forks = (await forkStore(state).list(warn)).filter(
    (fork) => !fork.ownsSnapshot && fork.snapshot?.name === name && fork.snapshot.createdAt === createdAt,
  )
  const recorded = forks.filter((fork) => !isRemoving(fork))
  if (recorded.length === 0) return
  // Somebody may have emptied the folder of both (H129).
  const there = await clonesBeside(operation, snapshot)
  const isThere = ({ clones }: ForkRecord): boolean => clones.some((clone) => there.has(clone.name))
  const needed = recorded.filter((fork) => isUnfinished(fork) || isThere(fork)).map((fork) => fork.name)
  if (needed.length === 0) return
  throw new PgforkError(
    'BUSY',
    `The snapshot ${name} can't be removed: its storage needs it for ${needed.join(', ')}. Destroy what is made of it first.`,
    { hazard: 'H141', facts: { name, forks: needed } },
  )
}

async function clonesBeside(
  { drivers, cleanupContext }: Operation,
  { copies }: SnapshotRecord,
): Promise<ReadonlySet<string>> {
  const listed = await Promise.all(copies.map((copy) => drivers.list(copy, cleanupContext())))
  return new Set(listed.flat().flatMap(({ kind, name }) => (kind === 'clone' ? [name] : [])))
}
