import { PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { removeForkFile } from '../records/fork-file.ts'
import { type ForkRecord, forkStore, isStartable } from '../records/fork-record.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import { isReady } from '../records/transitions.ts'
import { removeSnapshot } from '../snapshot/remove-snapshot.ts'
import { releasePorts } from '../state/claim-port.ts'
import { releaseTimelines } from '../state/claim-timeline.ts'
import { releaseEverywhere } from './shared-timelines.ts'

export interface RemovalKnowledge {
  /** The caller's word that the machine is gone on which the server ran, so that it needn't be seen to have ended (H71). */
  readonly isGoneElsewhere?: boolean
}

/** For a caller, under the lock of its name. @throws PgforkError `FORK_PROTECTED` */
export async function destroyFork(operation: Operation, fork: ForkRecord): Promise<void> {
  const current = await forkStore(operation.state).findSame(fork)
  if (current?.isProtected === true)
    throw new PgforkError('FORK_PROTECTED', `The fork ${fork.name} is protected. Call unprotect() first.`, {
      facts: { name: fork.name },
    })
  await removeFork(operation, fork)
}

/**
 * Removes a fork in whatever state it is, under the lock of its name: server, clones, snapshot, ports and timelines, in this order,
 * so that nobody gets a number while a server has it; its record last, so that a failure leaves it to be found. Succeeds when there
 * is none.
 */
export async function removeFork(
  operation: Operation,
  fork: ForkRecord,
  knowledge: RemovalKnowledge = {},
): Promise<void> {
  const { state } = operation
  const store = forkStore(state)
  const current = await store.findSame(fork)
  // Its names in storage are nobody else's: they can be removed when the state directory was lost, too.
  if (current === undefined) {
    await removeOwn(operation, fork, knowledge)
    return releaseEverywhere(operation, fork)
  }
  const removed = await store.markRemoving(current)
  await removeOwn(operation, current, knowledge)
  if (current.ownsSnapshot && current.snapshot !== undefined) {
    const snapshot = await snapshotStore(state).findSame(current.snapshot)
    if (snapshot !== undefined) await removeSnapshot(operation, snapshot)
  }
  // Full storage takes no writes, and these are some: after all that frees its space (H135).
  await releaseEverywhere(operation, current)
  // One that is being made may hold several.
  await releasePorts(state, fork.name, isReady(current) ? current.server?.port : undefined)
  await releaseTimelines(state, fork.name, fork.systemIdentifier)
  await store.forget(removed)
}

async function removeOwn(operation: Operation, fork: ForkRecord, knowledge: RemovalKnowledge): Promise<void> {
  await removeServerAndClones(operation, fork, knowledge)
  removeOutsideFolder(fork.outsideDirectory, fork.owner)
}

/** What a reset makes anew. */
export async function removeServerAndClones(
  operation: Operation,
  fork: ForkRecord,
  { isGoneElsewhere }: RemovalKnowledge = {},
): Promise<void> {
  if (isStartable(fork)) {
    const { server, owner } = fork
    const { stopMs: timeoutMs } = operation.timeouts
    await operation.launcher.stop({ server, owner, mode: 'immediate', timeoutMs, isGoneElsewhere })
    removeForkFile(server.dataDirectory)
  }
  // The first one, which holds the data directory, last: by it what is left of a fork is known without a record.
  for (const clone of [...fork.clones].reverse()) await operation.drivers.removeClone(clone, operation.cleanupContext())
}
