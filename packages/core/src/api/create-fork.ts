import { basename } from 'node:path'
import { invalidOption } from '../errors/invalid-option.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { buildFork } from '../fork/build-fork.ts'
import type { Fork } from '../fork/fork.ts'
import { forkHandle } from '../fork/fork-handle.ts'
import { removeFork } from '../fork/remove-fork.ts'
import { randomName } from '../names/random-name.ts'
import { type Operation, type OperationOptions, startOperation } from '../operation/operation.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { pickOptions } from '../options/pick-options.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { recoverySettingsFor } from '../postgres/files/recovery-files.ts'
import { planOutsideFolder } from '../postgres/files/socket-directory.ts'
import { neutralizeWorkers } from '../postgres/settings/background-workers.ts'
import { forkSettings, sharedBuffersOf } from '../postgres/settings/fork-settings.ts'
import { warningsOfSettings } from '../postgres/settings/warn-of-settings.ts'
import { warningsOfTcpAccess } from '../postgres/settings/warn-of-tcp-access.ts'
import { type InspectedSource, inspectSource } from '../postgres/source/inspect-source.ts'
import { refuseUnknownLogin } from '../postgres/sql/refuse-unknown-login.ts'
import { allDone } from '../process/all-done.ts'
import { identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { namer } from '../records/copy-names.ts'
import { type ForkRecord, forkStore } from '../records/fork-record.ts'
import { withNameLock } from '../records/name-lock.ts'
import { type SnapshotRecord, snapshotStore } from '../records/snapshot-record.ts'
import type { Described } from '../records/status-store.ts'
import { defaultSpaceThresholds } from '../snapshot/check-space.ts'
import type { ClusterSnapshot } from '../snapshot/cluster-snapshot.ts'
import { notForkable } from '../snapshot/not-forkable.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import { collectDeadForks, isDeadFork, removeDeadFork } from '../upkeep/garbage/collect-dead-forks.ts'
import type { CreateForkOptions } from './options/create-fork-options.ts'
import { locateSource } from './options/locate-source.ts'
import { type ResolvedForkOptions, readForkOptions } from './options/read-options.ts'
import type { GivenCluster } from './options/read-source.ts'

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
  return source.kind === 'snapshot' ? forkSnapshot(resolved, source.snapshot) : forkCluster(resolved, source)
}

async function forkCluster(resolved: ResolvedForkOptions, given: GivenCluster): Promise<Fork> {
  const operation = await startOperation(resolved)
  const { steps, runner } = operation
  const [located, source] = await steps.guard(() =>
    steps.run('inspect', async () => {
      if (resolved.name !== undefined) await refuseExisting(operation, resolved.name, resolved)
      const located = await locateSource(given, operation)
      return [located, await inspectSource(located, operation)] as const
    }),
  )
  try {
    const name = resolved.name ?? randomName(given.kind === 'fork' ? given.fork.name : basename(located.dataDirectory))
    const spare = source.inspection.dataDirectory
    return await makeFork(operation, { name, resolved, spare }, async () => {
      if (source.client !== undefined) await refuseUnknownLogin(source.client, resolved)
      const database = located.connection?.database
      const maker = await identifySelf(runner)
      const snapshot = await takeSnapshot(operation, {
        name,
        source,
        maker,
        isForFork: true,
        checkpoint: resolved.checkpoint,
        promotedFork: resolved.timeline === 'new' ? { sharedBuffers: sharedBuffersOf(resolved.settings) } : undefined,
        isResettable: (copies) => isResettable(resolved, copies),
        spaceThresholds: withDefaults(resolved.spaceThresholds ?? {}, defaultSpaceThresholds),
      })
      return forkFromSnapshot(operation, { resolved, name, database, snapshot, source, maker, ownsSnapshot: true })
    })
  } finally {
    await source[Symbol.asyncDispose]()
  }
}

async function forkSnapshot(
  resolved: ResolvedForkOptions,
  { name: ofName, createdAt }: ClusterSnapshot,
): Promise<Fork> {
  for (const option of ['checkpoint', 'spaceThresholds'] as const)
    if (resolved[option] !== undefined)
      throw invalidOption(option, 'left out for a fork of a snapshot', resolved[option])
  const operation = await startOperation(resolved)
  const snapshot = await operation.steps.guard(() =>
    snapshotStore(operation.state).requireReady({ name: ofName, createdAt: createdAt.toISOString() }),
  )
  if (snapshot.isRebuilt === true) throw notForkable(snapshot)
  const name = resolved.name ?? randomName(basename(snapshot.source.dataDirectory))
  return makeFork(operation, { name, resolved }, async () => {
    const maker = await identifySelf(operation.runner)
    const source = undefined
    return forkFromSnapshot(operation, { resolved, name, snapshot, source, maker, ownsSnapshot: false })
  })
}

/**
 * Nobody else makes, changes or collects anything of that name meanwhile, what is undone after a failure included (H76). A name that
 * is taken is told before anything is done to the source, and without waiting for whoever has it.
 */
async function makeFork(
  operation: Operation,
  { name, resolved, spare }: MakeForkRequest,
  make: () => Promise<Fork>,
): Promise<Fork> {
  const { steps } = operation
  const { collectGarbage } = resolved
  await steps.guard(() => refuseExisting(operation, name, resolved))
  await using _collection = collectGarbage ? collectDeadForks(operation, { spare }) : undefined
  // Guarded within the lock as well, under which it is to be undone.
  return await steps.guard(() =>
    withNameLock(operation, name, () =>
      steps.guard(async () => {
        if (collectGarbage) await removeDeadFork(operation, name, { spare })
        await refuseExisting(operation, name)
        return make()
      }),
    ),
  )
}

interface MakeForkRequest {
  readonly name: string
  readonly resolved: ResolvedForkOptions
  /** The source's data directory, if it isn't a snapshot. */
  readonly spare?: string
}

interface ForkFromSnapshotRequest {
  readonly resolved: ResolvedForkOptions
  readonly name: string
  /** Of the source's connection. */
  readonly database?: string | undefined
  /** One that was made for it is not marked ready yet. */
  readonly snapshot: SnapshotRecord
  readonly source: InspectedSource | undefined
  readonly maker: ProcessIdentity
  readonly ownsSnapshot: boolean
}

async function forkFromSnapshot(operation: Operation, request: ForkFromSnapshotRequest): Promise<Fork> {
  const { resolved, name, source, ownsSnapshot } = request
  const { afterStart } = resolved
  const { state, steps } = operation
  if (!afterStart.connects && !request.snapshot.source.isClean)
    throw invalidOption('verify.connect', 'left out for a source that was not stopped cleanly', false)
  const workers = neutralizeWorkers(request.snapshot.settings, resolved.backgroundWorkers)
  const warnings = [...workers.warnings, ...warningsOfSettings(resolved.settings)]
  for (const warning of [...warnings, ...warningsOfTcpAccess(request.snapshot.tcpAccess)]) operation.warn(warning)
  const described = {
    ...planFork(request, state.identity),
    leftOut: [...workers.leftOut],
    changes: [...workers.changes],
  }
  const begin = async (): Promise<ForkRecord> => {
    const planned = await forkStore(state).begin(described)
    steps.onUndo(() => removeFork(operation, planned))
    return planned
  }
  const [snapshot, planned] = await allDone([
    ownsSnapshot ? snapshotStore(state).markReady(request.snapshot) : request.snapshot,
    begin(),
  ])
  const sharesFileSystem = await operation.drivers.clonesShareFileSystem(snapshot.copies)
  const { record, server, verification } = await buildFork(operation, {
    snapshot,
    fork: planned,
    timeline: resolved.timeline,
    moment: resolved.moment,
    port: resolved.port,
    configuration: (port, socketDirectory, followed) =>
      formatConfiguration({
        ...forkSettings({
          major: snapshot.source.major,
          name,
          port,
          socketDirectory,
          durability: resolved.durability,
          sharesFileSystem,
          inherited: workers.settings,
          given: resolved.settings,
        }),
        ...recoverySettingsFor(snapshot.source.major, followed),
      }),
    afterStart,
    source,
  })
  return forkHandle({
    record,
    options: pickOptions<OperationOptions>(resolved, operationShape),
    pid: server.pid,
    steps: steps.timings,
    verification,
    afterStart,
  })
}

function planFork(request: ForkFromSnapshotRequest, identity: string): Described<ForkRecord> {
  const { resolved, name, snapshot, maker, ownsSnapshot } = request
  const { source, copies } = snapshot
  const copyName = namer(name, identity)
  return {
    version: 1,
    name,
    createdAt: new Date().toISOString(),
    maker,
    lifetime: resolved.lifetime,
    ...(resolved.timeToLiveMs === undefined
      ? {}
      : { expiresAt: new Date(Date.now() + resolved.timeToLiveMs).toISOString() }),
    ...(resolved.protect ? { isProtected: true } : {}),
    ...(resolved.prepare === undefined ? {} : { isPrepared: true }),
    snapshot: { name: snapshot.name, createdAt: snapshot.createdAt },
    ownsSnapshot,
    resettable: !ownsSnapshot || isResettable(resolved, copies),
    // With the names of a snapshot that was made for it, which tell in storage that they belong together.
    clones: copies.map((copy, index) => ({
      driver: copy.driver,
      volume: copy.volume,
      name: ownsSnapshot ? copy.name : copyName(index),
    })),
    sourceTimeline: source.timeline,
    systemIdentifier: source.systemIdentifier,
    sourceDirectory: source.dataDirectory,
    major: source.major,
    binDirectory: source.binDirectory,
    owner: source.owner,
    role: resolved.role ?? source.role,
    database: resolved.database ?? request.database ?? 'postgres',
    durability: resolved.durability,
    outsideDirectory: planOutsideFolder(),
    changes: [],
  }
}

/** By default a snapshot is kept where it takes no space of its own. */
const isResettable = ({ resettable }: ResolvedForkOptions, copies: readonly VolumeCopy[]): boolean =>
  resettable ?? copies.every(({ volume }) => volume.copyOnWrite)

/**
 * An early look, before the source is touched; creating the record decides.
 *
 * @param collects - whether what an ended process left is about to be removed
 */
async function refuseExisting(
  operation: Operation,
  name: string,
  { collectGarbage: collects } = { collectGarbage: false },
): Promise<void> {
  if ((await forkStore(operation.state).find(name)) === undefined) return
  const isGarbage = await isDeadFork(operation, name)
  if (isGarbage && collects) return
  const advice = isGarbage
    ? 'The process that made it has ended: collectGarbage() removes it, and what else such processes left.'
    : `Choose another name, or remove it: (await openFork('${name}')).destroy().`
  throw new PgforkError('NAME_TAKEN', `There is already a fork named ${name}. ${advice}`, {
    facts: { name, isGarbage },
  })
}
