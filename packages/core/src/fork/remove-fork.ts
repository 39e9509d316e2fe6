import type { Operation } from '../operation/operation.ts'
import { removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { removeForkFile } from '../records/fork-file.ts'
import { type ForkRecord, forkStore, isStartable } from '../records/fork-record.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { isReady } from '../records/transitions.ts'
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
  const current = await store.findSame(fork)
  // Its names in storage are nobody else's: they can be removed when the state directory was lost, too.
  if (current === undefined) return removeOwn(operation, fork)
  const removed = await store.markRemoving(current)
  await removeOwn(operation, current)
  if (current.ownsSnapshot) {
    const snapshot = await snapshotStore(state).find(current.snapshot)
    // Once its own was used up, another one may have got the name.
    if (snapshot?.isForFork === true) await removeSnapshot(operation, snapshot)
  }
  // One that is being made may hold several.
  await releasePorts(state, fork.name, isReady(current) ? current.server?.port : undefined)
  await releaseTimelines(state, fork.name, fork.systemIdentifier)
  await store.forget(removed)
}

async function removeOwn(operation: Operation, fork: ForkRecord): Promise<void> {
  await removeServerAndClones(operation, fork)
  removeOutsideFolder(fork.outsideDirectory, fork.owner)
}

/** What a reset makes anew. */
export async function removeServerAndClones(operation: Operation, fork: ForkRecord): Promise<void> {
  if (isStartable(fork)) {
    const { dataDirectory } = fork.server
    const { stopMs: timeoutMs } = operation.timeouts
    await operation.launcher.stop({ dataDirectory, owner: fork.owner, mode: 'immediate', timeoutMs })
    removeForkFile(dataDirectory)
  }
  // The first one, which holds the data directory, last: by it what is left of a fork is known without a record.
  for (const clone of [...fork.clones].reverse()) await operation.drivers.removeClone(clone, operation.cleanupContext())
}
