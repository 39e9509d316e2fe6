import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import type { Operation } from '../operation/operation.ts'
import { configurationFile } from '../postgres/files/paths.ts'
import { identifySelf } from '../process/process-identity.ts'
import { forkStore, type StartableFork } from '../records/fork-record.ts'
import { snapshotStore } from '../records/snapshot-record.ts'
import type { AfterStart } from './after-start.ts'
import { buildFork } from './build-fork.ts'
import type { BuiltFork } from './make-ready.ts'
import { removeFork, removeServerAndClones } from './remove-fork.ts'

export interface ResetForkRequest {
  readonly fork: StartableFork
  readonly afterStart: AfterStart
}

/**
 * Replaces a fork's files by a new clone of its snapshot and starts it in the same place. A reset that fails removes the
 * fork: half of it would be neither the old nor the new one.
 *
 * @throws PgforkError `RESET_UNAVAILABLE`
 */
export async function resetFork(operation: Operation, request: ResetForkRequest): Promise<BuiltFork> {
  const { steps, state } = operation
  const { afterStart } = request
  // Whoever resets a fork makes it: a collection must not take a half-made one of an ended process for garbage.
  const fork = { ...request.fork, maker: await identifySelf(operation.runner) }
  const snapshot = fork.resettable ? await snapshotStore(state).find(fork.snapshot) : undefined
  if (snapshot === undefined)
    throw new PgforkError(
      'RESET_UNAVAILABLE',
      `The fork ${fork.name} has no snapshot to go back to. Make it with resettable: true, which on this storage takes a copy more.`,
      { facts: { name: fork.name } },
    )
  const { dataDirectory, port } = fork.server
  // It was written for this very fork; what its user changed by ALTER SYSTEM stands in another file and goes.
  const configuration = readConfiguration(dataDirectory)
  await forkStore(state).markResetting(fork)
  return steps.guard(async () => {
    steps.onUndo(() => removeFork(operation, fork))
    await removeServerAndClones(operation, fork)
    return buildFork(operation, {
      snapshot,
      fork,
      timeline: fork.timeline === undefined ? 'keep' : 'new',
      port,
      configuration: () => configuration,
      afterStart,
      source: undefined,
    })
  })
}

function readConfiguration(path: string): string {
  using dataDirectory = Directory.open(path)
  return dataDirectory.read(configurationFile).toString('utf8')
}
