import { isDeepStrictEqual } from 'node:util'
import {
  type CommandRunner,
  createRunner,
  type DriverContext,
  PgforkError,
  type StoredItem,
  throwIfAborted,
  type Volume,
  type VolumeReference,
} from '@pgfork/core/driver'
import { claimsOfHost, claimsWith } from './claims.ts'
import { earlierDefaultHost } from './default-host.ts'
import { describeVolume } from './describe-volume.ts'
import { parseImage } from './image-reference.ts'
import { listWatchers, readImage } from './images.ts'
import { list } from './list.ts'
import { claimsOf, clonePlace, specOf } from './names.ts'
import { checkOptions, type DriverSettings, emptyMemory, type RbdOptions, type Settings } from './options.ts'
import { removeClone, removeSnapshot } from './remove.ts'
import { removeRetired } from './retired.ts'

export interface RemoveHostOptions extends Omit<RbdOptions, 'mapper'> {
  /** The images whose forks it had. */
  readonly volumes: readonly VolumeReference[]
  /** Only tells what would be removed. Default false. */
  readonly dryRun?: boolean
  /** Nothing more is begun. What is left by then is removed the next time. */
  readonly signal?: AbortSignal
  /** Told what the user should know although it is not an error. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
  /** Runs every external command. Default: execa. */
  readonly runner?: CommandRunner
}

/** Something that a host has in the cluster. */
export interface HostRemnant {
  /** A `timeline` is a number that no other fork gets, on whatever host. */
  readonly kind: 'clone' | 'snapshot' | 'timeline'
  readonly name: string
}

/**
 * Removes what a host has in the cluster that is dead for good, as its driver's option `host` called it: forks, snapshots, claims. Nobody but a person can tell that
 * a host is dead. While anything of it is open somewhere, nothing is removed (H99). Broken off, it goes on when it is called again.
 *
 * @param options of the driver here, by whose `host` this host knows itself
 * @returns what was removed, or would be
 * @throws PgforkError `BUSY`, `INVALID_OPTION`, `ABORTED`
 */
export async function removeHost(name: string, options: RemoveHostOptions): Promise<readonly HostRemnant[]> {
  const { volumes, dryRun = false, signal, onWarning, runner = createRunner(), ...ofDriver } = options
  const own = checkOptions(ofDriver)
  if (name === own.host)
    throw new PgforkError('INVALID_OPTION', `${name} is this host. Destroy its forks, or collect its garbage.`, {
      facts: { option: 'name' },
    })
  if (name === earlierDefaultHost())
    throw new PgforkError(
      'INVALID_OPTION',
      `${name} is what this host was called before. Give the driver the option host: '${name}', and destroy its forks, or collect its garbage.`,
      { facts: { option: 'name' } },
    )
  // Nothing of it lies in a folder here.
  const settings = {
    ...checkOptions({ ...ofDriver, host: name, directory: `/nonexistent/pgfork-rbd/${name}` }),
    memory: emptyMemory(),
  }
  const context: DriverContext = {
    runner,
    ...(signal === undefined ? {} : { signal }),
    warn: onWarning ?? ((message) => process.emitWarning(message)),
    progress: () => {},
  }
  const found = await findAll(volumes, settings, context)
  for (const clone of found.clones) await requireClosed(clone, settings, context)
  if (!dryRun) await removeAll(found, settings, context)
  return [...found.clones, ...found.snapshots, ...found.claims].map((one) => ({ kind: one.kind, name: one.name }))
}

interface FoundClaim extends HostRemnant {
  readonly volume: Volume
  readonly holder: string
}

interface Found {
  readonly volumes: readonly Volume[]
  readonly clones: readonly StoredItem[]
  readonly snapshots: readonly StoredItem[]
  readonly claims: readonly FoundClaim[]
}

async function findAll(
  references: readonly VolumeReference[],
  settings: DriverSettings,
  context: DriverContext,
): Promise<Found> {
  const items: StoredItem[] = []
  const volumes: Volume[] = []
  for (const { volume } of references) {
    const place = parseImage(volume)
    const found = await describeVolume(place, '/', readImage(place, settings, context), settings, context)
    volumes.push(found)
    for (const item of await list(found, settings, context))
      if (!items.some((one) => isSame(one, item))) items.push(item)
  }
  const ofKind = (kind: StoredItem['kind']) => items.filter((item) => item.kind === kind)
  const claims: FoundClaim[] = []
  // Those of these volumes are in one place, unless their pools differ.
  for (const volume of volumes)
    for (const { name, holder } of await claimsOfHost(volume, settings, context))
      if (!claims.some((claim) => claim.name === name && isDeepStrictEqual(claimsOf(claim.volume), claimsOf(volume))))
        claims.push({ kind: 'timeline', name, holder, volume })
  return { volumes, clones: ofKind('clone'), snapshots: ofKind('snapshot'), claims }
}

async function removeAll(found: Found, settings: DriverSettings, context: DriverContext): Promise<void> {
  const next = (): void =>
    throwIfAborted(
      context.signal,
      `The rest of ${settings.host} stays, because the removal was aborted. Call it again.`,
    )
  for (const clone of found.clones) {
    next()
    await removeClone(clone, settings, context)
  }
  for (const snapshot of found.snapshots) {
    next()
    await removeSnapshot(snapshot, settings, context)
  }
  const claims = claimsWith(settings)
  for (const { volume, name, holder } of found.claims) {
    next()
    await claims.release(volume, name, holder, context)
  }
  // What was left of an earlier removal may be all that there is.
  for (const volume of found.volumes) await removeRetired(volume, settings, context)
}

const isSame = (one: StoredItem, other: StoredItem): boolean =>
  one.kind === other.kind && one.name === other.name && one.volume.id === other.volume.id

async function requireClosed(clone: StoredItem, settings: Settings, context: DriverContext): Promise<void> {
  const place = clonePlace(clone)
  const watchers = await listWatchers(place, settings, context)
  if (watchers.length === 0) return
  throw new PgforkError(
    'BUSY',
    `${specOf(place)} is open at ${watchers.map(({ address }) => address).join(', ')}: that host isn't dead, or was half a minute ago. Nothing was removed.`,
    { hazard: 'H99', facts: { image: specOf(place), watchers } },
  )
}
