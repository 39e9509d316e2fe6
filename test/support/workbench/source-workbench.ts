import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, createFork, type Fork, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { type Cluster, type ClusterOptions, createCluster } from '../cluster/index.ts'
import { createBtrfs, createExt4, createXfs, type FileSystemName, type TestStorage } from '../storage/index.ts'
import { describeGroup, type Group } from './describe-group.ts'
import { addLastingFolders, destroyForks, makeState, type State } from './make-state.ts'

/** What a file of scenarios works with: a source on a real file system, and forks of it. */
export interface SourceWorkbench extends Pick<Group, 'watch'> {
  readonly storage: TestStorage
  /** A running server on `storage`, shared by the scenarios of a file. */
  readonly source: Cluster
  readonly stateDirectory: string
  /** Driver, state directory and recorded commands, for every call of the library. */
  readonly options: State & { readonly driver: SnapshotDriver }
  /** Makes a fork of `source`, unless another source is given. Disposing of it destroys it. */
  fork(options?: Partial<CreateForkOptions>): Promise<Fork>
  /** A place on `storage` for a data directory: on Btrfs an empty subvolume, else a path that isn't there yet. */
  directory(name: string): Promise<string>
}

export interface SourceWorkbenchOptions extends Omit<ClusterOptions, 'directory'> {
  /** Of the storage. */
  readonly sizeMb?: number
  /** Where the source's data directory lies below its volume's top. Default: it is the top. */
  readonly below?: string
}

const storages = { btrfs: createBtrfs, xfs: createXfs, ext4: createExt4 }
const drivers: Record<FileSystemName, () => SnapshotDriver> = { btrfs, xfs: copy, ext4: copy }

/** A group of scenarios on one storage with one source; see `describeGroup`. */
export function describeOn(
  filesystem: FileSystemName,
  options: SourceWorkbenchOptions,
  scenarios: (bench: SourceWorkbench) => void,
): Promise<void> {
  return describeGroup(
    `on ${filesystem}`,
    [filesystem],
    (group) => openSourceWorkbench(filesystem, options, group),
    scenarios,
  )
}

async function openSourceWorkbench(
  filesystem: FileSystemName,
  { sizeMb, below = '', ...clusterOptions }: SourceWorkbenchOptions,
  group: Group,
): Promise<SourceWorkbench> {
  const { cleanups, clusters, folders, watch } = group
  const storage = cleanups.use(await storages[filesystem](sizeMb === undefined ? {} : { sizeMb }))
  folders.push(storage.path)
  const directory = async (name: string): Promise<string> => {
    if (!hasSubvolumes(storage)) return join(storage.path, name)
    const path = await storage.createSubvolume(name)
    await chmod(path, 0o700)
    return path
  }
  const source = cleanups.use(
    await createCluster({ ...clusterOptions, directory: join(await directory('master'), below) }),
  )
  clusters.push(source)
  const state = await makeState(group)
  await addLastingFolders(state, [source])
  const options = { ...state, driver: drivers[filesystem]() }

  const giveUp = new AbortController()
  const pending = new Set<Promise<unknown>>()
  cleanups.defer(async () => {
    // What a failed test is still about.
    giveUp.abort()
    await Promise.allSettled(pending)
    await destroyForks(state)
  })
  const fork = (given: Partial<CreateForkOptions> = {}): Promise<Fork> => {
    const made = createFork({ source: source.dataDirectory, signal: giveUp.signal, ...options, ...given })
    pending.add(made)
    return made
  }
  return { storage, source, stateDirectory: state.stateDirectory, options, fork, directory, watch }
}

const hasSubvolumes = (
  storage: TestStorage,
): storage is TestStorage & { createSubvolume(name: string): Promise<string> } => 'createSubvolume' in storage
