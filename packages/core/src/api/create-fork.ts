import { invalidOption } from '../errors/invalid-option.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { buildFork } from '../fork/build-fork.ts'
import type { Fork } from '../fork/fork.ts'
import { forkHandle } from '../fork/fork-handle.ts'
import { removeFork } from '../fork/remove-fork.ts'
import { type Operation, startOperation } from '../operation/operation.ts'
import { formatConfiguration } from '../postgres/files/configuration-file.ts'
import { recoverySettingsFor } from '../postgres/files/recovery-files.ts'
import { planOutsideFolder } from '../postgres/files/socket-directory.ts'
import { neutralizeWorkers } from '../postgres/settings/background-workers.ts'
import { forkSettings } from '../postgres/settings/fork-settings.ts'
import { type InspectedSource, inspectSource } from '../postgres/source/inspect-source.ts'
import type { SourceOptions } from '../postgres/source/source-options.ts'
import { identifySelf, type ProcessIdentity } from '../process/process-identity.ts'
import { namer } from '../records/copy-names.ts'
import { type ForkRecord, forkStore } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { Described } from '../records/status-store.ts'
import { defaultSpaceThresholds } from '../snapshot/check-space.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { CreateForkOptions } from './options/create-fork-options.ts'
import { type ResolvedForkOptions, readForkOptions } from './options/read-options.ts'

/**
 * Makes a server of its own of a copy of another server's files: a running one, without stopping it, a cleanly stopped
 * one, or a snapshot made before. It returns when the fork accepts connections and writes; on failure or abort nothing is
 * left behind.
 *
 * @example
 * await using fork = await createFork({ source: '/srv/pg/main', driver: btrfs() })
 * const client = new pg.Client(fork.connection)
 *
 * @throws PgforkError with the step that failed. `errorCodes` lists all codes.
 */
export async function createFork(options: CreateForkOptions): Promise<Fork> {
  // Callers without types get the same answer as others.
  const source = options?.source
  if (typeof source !== 'string' && (typeof source !== 'object' || source === null))
    throw invalidOption('source', 'a data directory, how to reach it, or a snapshot', source)
  if (typeof source === 'object' && 'kind' in source) return forkSnapshot(options, source.record)
  const sourceOptions = typeof source === 'string' ? { dataDirectory: source } : source
  if (typeof sourceOptions.dataDirectory !== 'string')
    throw invalidOption('source.dataDirectory', 'a path', sourceOptions.dataDirectory)
  return forkSource(options, sourceOptions)
}

async function forkSource(options: CreateForkOptions, sourceOptions: SourceOptions): Promise<Fork> {
  const resolved = readForkOptions(options, sourceOptions.dataDirectory)
  const operation = await startOperation(options)
  return operation.steps.guard(async () => {
    const source = await operation.steps.run('inspect', async () => {
      await refuseExisting(operation, resolved.name)
      return inspectSource(sourceOptions, operation.runner)
    })
    try {
      const maker = await identifySelf(operation.runner)
      const snapshot = await takeSnapshot(operation, {
        name: resolved.name,
        source,
        maker,
        isForFork: true,
        checkpoint: options.checkpoint,
        isResettable: (copies) => isResettable(resolved, copies),
        spaceThresholds: { ...defaultSpaceThresholds, ...options.spaceThresholds },
      })
      return await forkFromSnapshot(operation, { options, resolved, snapshot, source, maker, ownsSnapshot: true })
    } finally {
      await source[Symbol.asyncDispose]()
    }
  })
}

async function forkSnapshot(options: CreateForkOptions, snapshot: SnapshotRecord): Promise<Fork> {
  if (snapshot.isRebuilt === true) throw notForkable(snapshot)
  const resolved = readForkOptions(options, snapshot.source.dataDirectory)
  const operation = await startOperation(options)
  return operation.steps.guard(async () => {
    const maker = await identifySelf(operation.runner)
    return forkFromSnapshot(operation, { options, resolved, snapshot, source: undefined, maker, ownsSnapshot: false })
  })
}

interface ForkFromSnapshotRequest {
  readonly options: CreateForkOptions
  readonly resolved: ResolvedForkOptions
  readonly snapshot: SnapshotRecord
  readonly source: InspectedSource | undefined
  readonly maker: ProcessIdentity
  readonly ownsSnapshot: boolean
}

async function forkFromSnapshot(operation: Operation, request: ForkFromSnapshotRequest): Promise<Fork> {
  const { options, resolved, snapshot, source } = request
  const { afterStart } = resolved
  if (!afterStart.connects && !snapshot.source.isClean)
    throw invalidOption('verify.connect', 'left out for a source that was not stopped cleanly', false)
  const workers = neutralizeWorkers(snapshot.settings, resolved.backgroundWorkers)
  for (const warning of workers.warnings) operation.warn(warning)
  const described = { ...planFork(request, operation.state.identity), changes: [...workers.changes] }
  const planned = await forkStore(operation.state).begin(described)
  operation.steps.onUndo(() => removeFork(operation, planned))
  const sharesFileSystem = await operation.drivers.clonesShareFileSystem(snapshot.copies)
  const { record, server, verification } = await buildFork(operation, {
    snapshot,
    fork: planned,
    timeline: resolved.timeline,
    port: resolved.port,
    configuration: (port, socketDirectory) =>
      formatConfiguration({
        ...forkSettings({
          major: snapshot.source.major,
          name: resolved.name,
          port,
          socketDirectory,
          durability: resolved.durability,
          sharesFileSystem,
          inherited: workers.settings,
          given: resolved.settings,
        }),
        ...recoverySettingsFor(snapshot.source.major),
      }),
    afterStart,
    source,
  })
  const steps = operation.steps.timings
  return forkHandle({ record, options, pid: server.pid, steps, verification, afterStart })
}

function planFork(
  { resolved, snapshot, maker, ownsSnapshot }: ForkFromSnapshotRequest,
  identity: string,
): Described<ForkRecord> {
  const { source, copies } = snapshot
  const copyName = namer(resolved.name, identity)
  return {
    version: 1,
    name: resolved.name,
    createdAt: new Date().toISOString(),
    maker,
    lifetime: resolved.lifetime,
    ...(resolved.timeToLiveMs === undefined
      ? {}
      : { expiresAt: new Date(Date.now() + resolved.timeToLiveMs).toISOString() }),
    ...(resolved.protect ? { isProtected: true } : {}),
    snapshot: snapshot.name,
    ownsSnapshot,
    resettable: !ownsSnapshot || isResettable(resolved, copies),
    // With the names of a snapshot that was made for it, which tell in storage that they belong together.
    clones: copies.map(({ driver, volume, name }, index) => ({
      driver,
      volume,
      name: ownsSnapshot ? name : copyName(index),
    })),
    sourceTimeline: source.timeline,
    systemIdentifier: source.systemIdentifier,
    major: source.major,
    binDirectory: source.binDirectory,
    owner: source.owner,
    role: resolved.role ?? source.role,
    database: resolved.database,
    durability: resolved.durability,
    outsideDirectory: planOutsideFolder(),
    changes: [],
  }
}

/** Without a wish, a snapshot is kept where it takes no space of its own. */
const isResettable = ({ resettable }: ResolvedForkOptions, copies: readonly VolumeCopy[]): boolean =>
  resettable ?? copies.every(({ volume }) => volume.copyOnWrite)

const notForkable = ({ name }: SnapshotRecord): PgforkError =>
  new PgforkError(
    'SNAPSHOT_NOT_FORKABLE',
    `The record of the snapshot ${name} was lost, and with it what its source and its settings were. Make a new one, and destroy() this.`,
    { facts: { name } },
  )

/** An early look, before the source is touched; creating the record decides. */
async function refuseExisting({ state }: Operation, name: string): Promise<void> {
  if ((await forkStore(state).find(name)) === undefined) return
  throw new PgforkError('NAME_TAKEN', `There is a fork named ${name} already. Destroy it or choose another name.`, {
    facts: { name },
  })
}
