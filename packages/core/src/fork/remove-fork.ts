import type { Session } from '../lifecycle/session.ts'
import { releasePorts } from '../port/claim-port.ts'
import { removeOutsideFolder } from '../sanitize/socket-directory.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import { snapshotStore } from '../snapshot/snapshot-record.ts'
import { releaseTimelines } from '../timeline/claim-timeline.ts'
import { type ForkRecord, forkStore, isPlaced } from './fork-record.ts'

/**
 * Removes a fork in whatever state it is: server, clones, snapshot, ports and timelines; its record last, so that a
 * failure leaves it to be found. Succeeds when there is none.
 */
export async function removeFork(session: Session, fork: ForkRecord): Promise<void> {
  const { state } = session
  const store = forkStore(state)
  const current = await store.find(fork.name)
  // Another fork may have got the name since.
  if (current === undefined || current.createdAt !== fork.createdAt) return
  // On a full disk the mark can't be written; removing is what helps then.
  await store.replace({ ...current, status: 'removing' }).catch(() => {})
  await removeServerAndClones(session, current)
  await removeOutsideFolder(current.outsideDirectory)
  if (current.ownsSnapshot) {
    const snapshot = await snapshotStore(state).find(current.snapshot)
    if (snapshot !== undefined) await removeSnapshot(session, snapshot)
  }
  await releasePorts(state, fork.name, current.status === 'creating' ? undefined : current.place?.port)
  await releaseTimelines(state, fork.name, fork.systemIdentifier)
  await store.remove(fork.name)
}

/** What a reset makes anew. */
export async function removeServerAndClones(session: Session, fork: ForkRecord): Promise<void> {
  if (isPlaced(fork)) {
    const { dataDirectory } = fork.place
    await session.launcher.stop({ dataDirectory, mode: 'immediate', timeoutMs: session.timeouts.stopMs })
  }
  for (const clone of fork.clones) await session.drivers.removeClone(clone, session.cleanupContext())
}
