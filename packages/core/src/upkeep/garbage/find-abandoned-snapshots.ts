import type { Session } from '../../operation/operation.ts'
import { hasEnded } from '../../process/process-identity.ts'
import { forkStore } from '../../records/fork-record.ts'
import { type SnapshotRecord, snapshotStore } from '../../records/snapshot-record.ts'
import { removeSnapshot } from '../../snapshot/remove-snapshot.ts'
import { type Finder, type Found, unreadable } from './garbage.ts'

/** Snapshots that were never finished, are half removed, or were made for a fork that is not there. */
export const findSnapshots: Finder = async (session) => {
  const store = snapshotStore(session.state)
  const found: Found[] = []
  for (const name of await store.names()) {
    try {
      const record = await store.find(name)
      const reason = record === undefined ? undefined : await reasonOf(session, record)
      if (record !== undefined && reason !== undefined)
        found.push({ kind: 'snapshot', name, reason, remove: () => removeSnapshot(session, record) })
    } catch (error) {
      found.push(unreadable(name, error))
    }
  }
  return found
}

async function reasonOf(session: Session, record: SnapshotRecord): Promise<string | undefined> {
  const { name, status, maker, isForFork } = record
  if (status === 'ready' && isForFork !== true) return undefined
  if (!(await hasEnded(maker, session.runner))) return undefined
  if (status !== 'ready') return `its maker (pid ${maker.pid}) has ended, and left it ${status}`
  return (await forkStore(session.state).find(name)) === undefined ? 'the fork that it was made for is gone' : undefined
}
