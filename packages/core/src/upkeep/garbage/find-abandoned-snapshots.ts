import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { isReady, isRemoving } from '../../records/transitions.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'
import { type Finder, type GarbageRules, type Removable, unreadable } from './garbage.ts'
import { findUnderLock, removeUnderLock } from './under-lock.ts'
import { whyEnded } from './why-ended.ts'

/**
 * Snapshots that were never finished, are half removed, or were made for a fork that is not there. None that somebody is about at
 * the moment.
 */
export const findAbandonedSnapshots: Finder = async (operation, rules) => {
  const store = snapshotStore(operation.state)
  const found: Removable[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      if (record === undefined) continue
      const look = async (): Promise<string | undefined> => {
        const current = await store.findSame(record)
        return current && reasonOf(operation, current, rules)
      }
      const reason = (await look()) && (await findUnderLock(operation, name, look))
      if (reason === undefined) continue
      const remove = () => removeUnderLock(operation, name, look, () => removeSnapshot(operation, record))
      found.push({ kind: 'snapshot', name, reason, remove })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}

async function reasonOf(
  operation: Operation,
  record: SnapshotRecord,
  rules: GarbageRules,
): Promise<string | undefined> {
  const { name, status, maker, isForFork } = record
  if (isRemoving(record)) return 'its removal failed or was cut off'
  const hasFork = (): Promise<boolean> => forkStore(operation.state).exists(name)
  if (isReady(record) && (isForFork !== true || (await hasFork()))) return undefined
  const ended = await whyEnded(operation, maker, rules)
  if (ended === undefined) return undefined
  return isReady(record) ? 'the fork that it was made for is gone' : `${ended}, and left it ${status}`
}
