import {
  type CommandRunner,
  createRunner,
  type DriverContext,
  PgforkError,
  type StoredItem,
  type Volume,
  type VolumeReference,
} from '@pgfork/core/driver'
import { releaseOfHost } from './claims.ts'
import { describeVolume } from './describe-volume.ts'
import { parseImage } from './image-reference.ts'
import { listWatchers, readImage } from './images.ts'
import { list } from './list.ts'
import { clonePlace, specOf } from './names.ts'
import { checkOptions, type RbdOptions, type Settings } from './options.ts'
import { removeClone, removeSnapshot } from './remove.ts'

export interface RemoveHostOptions extends Omit<RbdOptions, 'host' | 'mapper'> {
  /** The images whose forks it had. */
  readonly volumes: readonly VolumeReference[]
  /** Runs every external command. Default: execa. */
  readonly runner?: CommandRunner
}

/**
 * Removes what a host has in the cluster that is dead for good, as its driver's option `host` called it: forks, snapshots, claims. Nobody but a person can tell that
 * a host is dead. While anything of it is open somewhere, nothing is removed (H99).
 *
 * @returns what was removed
 * @throws PgforkError `BUSY`, `INVALID_OPTION`
 */
export async function removeHost(
  name: string,
  { volumes, runner = createRunner(), ...options }: RemoveHostOptions,
): Promise<readonly Pick<StoredItem, 'kind' | 'name'>[]> {
  const own = checkOptions(options)
  if (name === own.host)
    throw new PgforkError('INVALID_OPTION', `${name} is this host. Destroy its forks, or collect its garbage.`, {
      facts: { option: 'name' },
    })
  // Nothing of it lies in a folder here.
  const settings = {
    ...checkOptions({ ...options, host: name, directory: `/nonexistent/pgfork-rbd/${name}` }),
    memory: {},
  }
  const context: DriverContext = { runner, warn: (message) => process.emitWarning(message), progress: () => {} }
  const items: StoredItem[] = []
  const described: Volume[] = []
  for (const { volume } of volumes) {
    const place = parseImage(volume)
    const found = await describeVolume(place, '/', readImage(place, settings, context), settings, context)
    described.push(found)
    for (const item of await list(found, settings, context))
      if (!items.some((one) => isSame(one, item))) items.push(item)
  }
  const clones = items.filter(({ kind }) => kind === 'clone')
  for (const clone of clones) await requireClosed(clone, settings, context)
  for (const clone of clones) await removeClone(clone, settings, context)
  for (const snapshot of items.filter(({ kind }) => kind === 'snapshot'))
    await removeSnapshot(snapshot, settings, context)
  for (const volume of described) await releaseOfHost(volume, name, settings, context)
  return items.map(({ kind, name }) => ({ kind, name }))
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
