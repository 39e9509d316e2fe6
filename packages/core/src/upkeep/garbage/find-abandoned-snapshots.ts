import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { isReady } from '../../records/transitions.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'
import { type Finder, type GarbageRules, type Removable, unreadable } from './garbage.ts'
import { whyEnded } from './why-ended.ts'

/** Snapshots that were never finished, are half removed, or were made for a fork that is not there. */
export const findAbandonedSnapshots: Finder = async (operation, rules) => {
  const store = snapshotStore(operation.state)
  const found: Removable[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      const reason = record === undefined ? undefined : await reasonOf(operation, record, rules)
      if (record !== undefined && reason !== undefined)
        found.push({ kind: 'snapshot', name, reason, remove: () => removeSnapshot(operation, record) })
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
  const hasFork = async (): Promise<boolean> => (await forkStore(operation.state).find(name)) !== undefined
  if (isReady(record) && (isForFork !== true || (await hasFork()))) return undefined
  const ended = await whyEnded(operation, maker, rules)
  if (ended === undefined) return undefined
  if (!isReady(record)) return `${ended}, and left it ${status}`
  // Its maker may have made the fork meanwhile.
  return (await hasFork()) ? undefined : 'the fork that it was made for is gone'
}
