import { basename } from 'node:path'
import { randomName } from '../names/random-name.ts'
import { withDefaults } from '../options/with-defaults.ts'
import { planOutsideFolder } from '../postgres/files/socket-directory.ts'
import type { InspectedSource } from '../postgres/source/inspect-source.ts'
import type { ProcessIdentity } from '../process/process-identity.ts'
import { namer } from '../records/copy-names.ts'
import type { ForkRecord } from '../records/fork-record.ts'
import type { SnapshotRecord } from '../records/snapshot-record.ts'
import type { Described } from '../records/status-store.ts'
import { defaultSpaceThresholds } from '../snapshot/check-space.ts'
import type { VolumeCopy } from '../storage/driver/driver-set.ts'
import type { ResolvedForkOptions } from './options/read-options.ts'
import type { GivenCluster } from './options/read-source.ts'

export interface ForkRequest {
  readonly resolved: ResolvedForkOptions
  readonly name: string
  /** Of the source's connection. */
  readonly database?: string | undefined
  /** One that was made for it is not marked ready yet, and was perhaps only begun. */
  readonly snapshot: SnapshotRecord
  readonly source: InspectedSource | undefined
  readonly maker: ProcessIdentity
  readonly ownsSnapshot: boolean
}

/** As the caller says; else by chance, and it begins as its source is called. */
export const nameOfFork = ({ name }: ResolvedForkOptions, ofSource: string): string =>
  name ?? randomName(basename(ofSource))

/** Its name, or that of its data directory. */
export function nameOfSource(given: GivenCluster, dataDirectory: string): string {
  if (given.kind === 'fork') return given.fork.name
  return given.kind === 'elsewhere' ? given.name : dataDirectory
}

/** What is recorded of a fork before its first side effect. */
export function planFork(request: ForkRequest, identity: string): Described<ForkRecord> {
  const { resolved, name, snapshot, maker, ownsSnapshot } = request
  const { source, copies } = snapshot
  const copyName = namer(name, identity, source.place)
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
    ...(resolved.spaceThresholds === undefined
      ? {}
      : { spaceThresholds: withDefaults(resolved.spaceThresholds, defaultSpaceThresholds) }),
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
export const isResettable = ({ resettable }: ResolvedForkOptions, copies: readonly VolumeCopy[]): boolean =>
  resettable ?? copies.every(({ volume }) => volume.copyOnWrite)
