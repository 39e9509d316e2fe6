import type { WalArchive } from '../archive/wal-archive.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import type { Operation } from '../operation/operation.ts'
import { readMoment } from '../postgres/moment/moment.ts'
import { identifySelf } from '../process/process-identity.ts'
import { currentScope } from '../process/process-scope.ts'
import { forkStore, type RecordedMoment, type StartableFork } from '../records/fork-record.ts'
import { lackWarning } from '../records/may-lack-writes.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { checkSpaceOfSnapshot, defaultSpaceThresholds } from '../snapshot/check-space.ts'
import { ignore } from '../storage/kit/ignore.ts'
import type { AfterStart } from './after-start.ts'
import { buildFork } from './build-fork.ts'
import type { BuiltFork } from './make-ready.ts'
import { removeServerAndClones } from './remove-fork.ts'
import { requireWal } from './require-wal.ts'

export interface ResetForkRequest {
  readonly fork: StartableFork
  readonly afterStart: AfterStart
  /** Archives, besides the folders that its record names. */
  readonly wal: readonly string[]
  readonly archive: WalArchive | undefined
}

/**
 * Replaces a fork's files by a new clone of its snapshot and starts it in the same place, under the lock of its name. What fails
 * after its files began to go leaves neither the old nor the new fork, but its snapshot, port and timeline, so that it can be reset
 * again.
 *
 * @throws PgforkError `RESET_UNAVAILABLE`, `SNAPSHOT_NOT_FOUND`, `STORAGE_MISSING`, `NO_SPACE`, `SETTING_REFUSED`,
 * `FORK_NOT_READY` while it is being removed
 */
export async function resetFork(operation: Operation, request: ResetForkRequest): Promise<BuiltFork> {
  const { steps, state } = operation
  const { name, snapshot: kept, resettable, configuration } = request.fork
  if (!resettable || kept === undefined || configuration === undefined)
    throw new PgforkError(
      'RESET_UNAVAILABLE',
      `The fork ${name} has no snapshot to go back to. Make forks with resettable: true, which on this storage takes another copy.`,
      { facts: { name } },
    )
  const { prepare } = request.afterStart
  if (request.fork.isPrepared === true && prepare === undefined)
    throw new PgforkError(
      'RESET_UNAVAILABLE',
      `The fork ${name} was changed by a prepare function, which this process doesn't have: a reset would bring back what it removed. ` +
        'Pass it again: reset({ prepare }).',
      { hazard: 'H68', facts: { name } },
    )
  const snapshot = await snapshotStore(state).requireReady(kept)
  const { archive } = request
  const moment = request.fork.moment && withFolders(request.fork.moment, request.wal)
  if (moment !== undefined) await requireWal(request.fork, moment, snapshot, archive)
  // Nothing is given up while its storage isn't there (H72). A clone that is gone is made anew.
  for (const clone of request.fork.clones)
    await operation.drivers.attach(clone, operation.driverContext()).catch(ignore('COPY_MISSING'))
  const { spaceThresholds = defaultSpaceThresholds } = request.fork
  await checkSpaceOfSnapshot(operation.drivers, snapshot.copies, spaceThresholds, operation.driverContext())
  const isDoubtful = await mayBeCut(operation, request.fork, snapshot)
  if (isDoubtful)
    operation.warn(lackWarning(`The fork ${name} is reset to a snapshot that was never flushed, being a throwaway one`))
  // Whoever resets a fork makes it: a collection must not take a half-made one of an ended process for garbage.
  const maker = await identifySelf(operation.runner)
  const { outlivedBoot: _, ...given } = request.fork
  const fork: StartableFork = {
    ...{ ...given, maker },
    ...(isDoubtful ? { outlivedBoot: true } : {}),
    ...(prepare === undefined ? {} : { isPrepared: true }),
  }
  await forkStore(state).markResetting(fork)
  try {
    return await steps.guard(async () => {
      await removeServerAndClones(operation, fork)
      return buildFork(operation, {
        snapshot,
        fork,
        timeline: fork.timeline === undefined ? 'keep' : 'new',
        moment: moment && { wanted: readMoment(moment.location), wal: moment.wal, archive },
        port: fork.server.port,
        // It was written for this very fork. Files of its user's are not read.
        configuration: () => configuration,
        afterStart: request.afterStart,
        source: undefined,
      })
    })
  } catch (error) {
    if (isPgforkError(error)) error.message += ` The fork ${name} is not usable now: reset() it again, or destroy() it.`
    throw error
  }
}

/**
 * The snapshot of a throwaway fork's own is flushed by its storage or not at all: a crash may have left empty files in it (H140). Any other was
 * flushed when it was made.
 */
async function mayBeCut(
  { drivers }: Operation,
  { durability, ownsSnapshot }: StartableFork,
  { maker, copies, consistency }: SnapshotRecord,
): Promise<boolean> {
  if (durability !== 'throwaway' || !ownsSnapshot || maker.boot === currentScope().boot) return false
  return consistency === 'backup' || (await drivers.unflushed(copies)).length > 0
}

const withFolders = (moment: RecordedMoment, folders: readonly string[]): RecordedMoment => ({
  ...moment,
  wal: [...new Set([...moment.wal, ...folders])],
})
