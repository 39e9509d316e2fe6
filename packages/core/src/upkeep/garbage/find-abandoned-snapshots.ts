import type { Operation } from '../../operation/operation.ts'
import { forkStore } from '../../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { isReady, isRemoving } from '../../records/transitions.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'
import { findEmptyRecords } from './find-empty-records.ts'
import type { Finder, FinderRules } from './garbage.ts'
import { findRecorded, type Recorded, recordedIn } from './under-lock.ts'
import { whyEnded } from './why-ended.ts'

/**
 * Snapshots that were never finished, are half removed, or were made for a fork that is not there. None that somebody is about at
 * the moment.
 */
export const findAbandonedSnapshots: Finder = async (operation, rules) => {
  const store = snapshotStore(operation.state)
  const missing: string[] = []
  const found = await findRecorded(operation, 'snapshot', await store.names(), async (name) => {
    const snapshot = await findSnapshot(operation, name, rules)
    if (snapshot === undefined) missing.push(name)
    return snapshot
  })
  return [...found, ...(await findEmptyRecords(operation, store, missing))]
}

export const findSnapshot = (operation: Operation, name: string, rules: FinderRules): Promise<Recorded | undefined> =>
  recordedIn(
    snapshotStore(operation.state),
    name,
    (record) => reasonOf(operation, record, rules),
    (record) => removeSnapshot(operation, record),
  )

async function reasonOf(operation: Operation, record: SnapshotRecord, rules: FinderRules): Promise<string | undefined> {
  const { name, status, maker, copies, isForFork } = record
  if (isRemoving(record) && rules.onlyDead !== true) return 'its removal failed or was cut off'
  const hasFork = (): Promise<boolean> => forkStore(operation.state).exists(name)
  if (isReady(record) && (isForFork !== true || (await hasFork()))) return undefined
  const ended = await whyEnded(operation, { maker, copies }, rules)
  if (ended === undefined) return undefined
  return isReady(record) ? 'the fork that it was made for is gone' : `${ended}, and left it ${status}`
}
