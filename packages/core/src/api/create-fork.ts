import { invalidOption } from '../errors/invalid-option.ts'
import { openArchive } from '../fork/archives.ts'
import type { Fork } from '../fork/fork.ts'
import { findBase } from '../history/find-base.ts'
import { type Operation, startOperation } from '../operation/operation.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { sharedBuffersOf } from '../postgres/settings/fork-settings.ts'
import { refuseUnknownLogin } from '../postgres/sql/refuse-unknown-login.ts'
import { identifySelf } from '../process/process-identity.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import { checkSpaceOfSnapshot, defaultSpaceThresholds } from '../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { notForkable } from '../snapshot/not-forkable.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { beginFork, forkFromSnapshot } from './fork-from-snapshot.ts'
import { refuseExisting, withNewName } from './new-name.ts'
import type { CreateForkOptions } from './options/create-fork-options.ts'
import { inspectGiven, locateDataDirectory } from './options/locate-source.ts'
import { type GivenMoment, type ResolvedForkOptions, readForkOptions } from './options/read-options.ts'
import type { GivenCluster } from './options/read-source.ts'
import { isResettable, nameOfFork, nameOfSource } from './plan-fork.ts'

/**
 * Makes a new server from a copy of another server's files: of a running server, without stopping it, of a cleanly stopped one, or
 * of a snapshot. Returns when the fork accepts connections and writes. A failure or an abort leaves nothing behind.
 *
 * @example
 * await using fork = await createFork({ source: '/srv/pg/main', driver: btrfs() })
 * const client = await fork.connect()
 *
 * @throws PgforkError with the step that failed. `errorCodes` lists all codes.
 */
export async function createFork(options: CreateForkOptions): Promise<Fork> {
  const resolved = readForkOptions(options)
  const { source } = resolved
  if (source.kind === 'snapshot') return forkSnapshot(resolved, source.snapshot)
  const { moment } = resolved
  return moment === undefined ? forkCluster(resolved, source) : forkHistory(resolved, source, moment)
}

async function forkCluster(resolved: ResolvedForkOptions, given: GivenCluster): Promise<Fork> {
  const operation = await startOperation(resolved)
  const { steps, runner, drivers } = operation
  const { source, database, dataDirectory } = await steps.guard(() =>
    steps.run('inspect', async () => {
      if (resolved.name !== undefined) await refuseExisting(operation, resolved.name, resolved)
      return inspectGiven(given, operation, (path) => drivers.locateEarly(path, operation.driverContext()))
    }),
  )
  try {
    const name = nameOfFork(resolved, nameOfSource(given, dataDirectory))
    const spare = source.inspection.dataDirectory
    return await withNewName(operation, { name, resolved, spare }, async () => {
      if (source.client !== undefined) await refuseUnknownLogin(source.client, resolved)
      const maker = await identifySelf(runner)
      const common = { resolved, name, database, source, maker, ownsSnapshot: true }
      const request = {
        name,
        source,
        maker,
        isForFork: true,
        isThrowaway: resolved.lifetime === 'process' && resolved.durability === 'throwaway',
        checkpoint: resolved.checkpoint,
        promotedFork: resolved.timeline === 'new' ? { sharedBuffers: sharedBuffersOf(resolved.settings) } : undefined,
        isResettable: (copies: readonly VolumeCopy[]) => isResettable(resolved, copies),
        spaceThresholds: withDefaults(resolved.spaceThresholds ?? {}, defaultSpaceThresholds),
      }
      // Its record is flushed by the time that the storage has the snapshot.
      const [snapshot, begun] = await takeSnapshot(operation, request, (recorded) =>
        beginFork(operation, { ...common, snapshot: recorded }),
      )
      return forkFromSnapshot(operation, { ...common, snapshot }, begun)
    })
  } finally {
    await source[Symbol.asyncDispose]()
  }
}

async function forkSnapshot(
  resolved: ResolvedForkOptions,
  { name: ofName, createdAt }: ClusterSnapshot,
): Promise<Fork> {
  refuseOptions(resolved, 'of a snapshot', resolved.moment === undefined ? ['checkpoint'] : ofSource)
  const operation = await startOperation(resolved)
  const snapshot = await operation.steps.guard(() =>
    snapshotStore(operation.state).requireReady({ name: ofName, createdAt: createdAt.toISOString() }),
  )
  if (snapshot.isRebuilt === true) throw notForkable(snapshot)
  const { moment } = resolved
  if (moment === undefined) return forkRecorded(operation, resolved, snapshot)
  return withArchive(operation, moment, (opened) => forkRecorded(operation, { ...resolved, moment: opened }, snapshot))
}

/** The snapshot is chosen, and a moment that nothing leads to is refused, before anything is made. */
async function forkHistory(resolved: ResolvedForkOptions, given: GivenCluster, moment: GivenMoment): Promise<Fork> {
  refuseOptions(resolved, 'of a past moment', ofSource)
  const operation = await startOperation(resolved)
  const { steps } = operation
  return withArchive(operation, moment, async (opened) => {
    const { snapshot, wal, found } = await steps.guard(() =>
      steps.run('inspect', async () => {
        if (resolved.name !== undefined) await refuseExisting(operation, resolved.name, resolved)
        return findBase(operation, await locateDataDirectory(given, operation), opened)
      }),
    )
    return forkRecorded(operation, { ...resolved, moment: { ...opened, wal, isRead: true, found } }, snapshot)
  })
}

/** What is fetched out of archives goes when the fork is made, or isn't. */
async function withArchive(
  operation: Operation,
  moment: GivenMoment,
  make: (moment: GivenMoment) => Promise<Fork>,
): Promise<Fork> {
  await using archive = openArchive(operation, moment.restoreCommands)
  try {
    return await make({ ...moment, archive })
  } catch (error) {
    throw archive?.explain(error) ?? error
  }
}

const ofSource = ['checkpoint', 'spaceThresholds'] as const

function refuseOptions(resolved: ResolvedForkOptions, of: string, options: readonly (typeof ofSource)[number][]): void {
  for (const option of options)
    if (resolved[option] !== undefined) throw invalidOption(option, `left out for a fork ${of}`, resolved[option])
}

function forkRecorded(operation: Operation, resolved: ResolvedForkOptions, snapshot: SnapshotRecord): Promise<Fork> {
  const name = nameOfFork(resolved, snapshot.source.dataDirectory)
  return withNewName(operation, { name, resolved }, async () => {
    const thresholds = withDefaults(resolved.spaceThresholds ?? {}, defaultSpaceThresholds)
    await checkSpaceOfSnapshot(operation.drivers, snapshot.copies, thresholds, operation.driverContext())
    const maker = await identifySelf(operation.runner)
    const request = { resolved, name, snapshot, source: undefined, maker, ownsSnapshot: false }
    return forkFromSnapshot(operation, request, await beginFork(operation, request))
  })
}
