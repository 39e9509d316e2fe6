import type { Operation } from '../operation/operation.ts'
import { removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { removeForkFile } from '../records/fork-file.ts'
import { type ForkRecord, forkStore, isStartable } from '../records/fork-record.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import { releasePorts } from '../state/claim-port.ts'
import { releaseTimelines } from '../state/claim-timeline.ts'

/**
 * Removes a fork in whatever state it is: server, clones, snapshot, ports and timelines; its record last, so that a
 * failure leaves it to be found. Succeeds when there is none.
 */
export async function removeFork(operation: Operation, fork: ForkRecord): Promise<void> {
  const { state } = operation
  const store = forkStore(state)
  const current = await store.find(fork.name)
  // Another fork may have got the name since.
  if (current !== undefined && current.createdAt !== fork.createdAt) return
  // Its names in storage are nobody else's: they can be removed when the state directory was lost, too.
  if (current === undefined) return removeOwn(operation, fork)
  // On a full disk the mark can't be written; removing is what helps then.
  await store.replace({ ...current, status: 'removing' }).catch(() => {})
  await removeOwn(operation, current)
  if (current.ownsSnapshot) {
    const snapshot = await snapshotStore(state).find(current.snapshot)
    // Once its own was used up, another one may have got the name.
    if (snapshot?.isForFork === true) await removeSnapshot(operation, snapshot)
  }
  await releasePorts(state, fork.name, current.status === 'creating' ? undefined : current.server?.port)
  await releaseTimelines(state, fork.name, fork.systemIdentifier)
  await store.remove(fork.name)
}

async function removeOwn(operation: Operation, fork: ForkRecord): Promise<void> {
  await removeServerAndClones(operation, fork)
  await removeOutsideFolder(fork.outsideDirectory)
}

/** What a reset makes anew. */
export async function removeServerAndClones(operation: Operation, fork: ForkRecord): Promise<void> {
  if (isStartable(fork)) {
    const { dataDirectory } = fork.server
    await operation.launcher.stop({ dataDirectory, mode: 'immediate', timeoutMs: operation.timeouts.stopMs })
    removeForkFile(dataDirectory)
  }
  // The first one, which holds the data directory, last: by it what is left of a fork is known without a record.
  for (const clone of [...fork.clones].reverse()) await operation.drivers.removeClone(clone, operation.cleanupContext())
}
