import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, createFork, type Fork, type SnapshotDriver } from '@pgfork/core'
import {
  type Cluster,
  type ClusterOptions,
  createCluster,
  createStandby,
  type StandbyOptions,
} from '../cluster/index.ts'
import { createBtrfs, createExt4, createXfs, type FileSystemName, type TestStorage } from '../storage/index.ts'
import { giveToServerUser } from '../system/server-user.ts'
import { describeGroup, type Group } from './describe-group.ts'
import { addLastingFolders, destroyForks, makeState, type State } from './make-state.ts'

/** With what a group of tests builds its clusters on real file systems. All that it makes goes at the group's end. */
export interface Workbench extends Pick<Group, 'watch'> {
  readonly options: State
  /** A new file system; what a fork leaves on it fails the group. */
  storage(filesystem: FileSystemName, sizeMb?: number): Promise<TestStorage>
  /** An empty subvolume of a Btrfs, or directory elsewhere, that belongs to the servers' user. Missing parents are made. */
  directory(storage: TestStorage, path: string): Promise<string>
  cluster(options: ClusterOptions): Promise<Cluster>
  standby(primary: Cluster, options: StandbyOptions): Promise<Cluster>
  /** Disposing of it destroys it. */
  fork(source: Cluster, options: Partial<CreateForkOptions> & { readonly driver: Drivers }): Promise<Fork>
}

export type Drivers = SnapshotDriver | readonly SnapshotDriver[]

const makers = { xfs: createXfs, ext4: createExt4 }

/** A group of tests that build what they share themselves; see `describeGroup`. */
export function describeWorkbench<Parts extends object>(
  title: string,
  filesystems: readonly FileSystemName[],
  open: (bench: Workbench) => Promise<Parts>,
  tests: (bench: Workbench & Parts) => void,
): Promise<void> {
  const openAll = async (group: Group) => {
    const state = await makeState(group)
    const bench = makeTools(group, state)
    const parts = await open(bench)
    await addLastingFolders(state, group.clusters)
    group.cleanups.defer(() => destroyForks(state))
    return { ...bench, ...parts }
  }
  return describeGroup(title, filesystems, openAll, tests)
}

function makeTools({ cleanups, clusters, folders, watch }: Group, options: State): Workbench {
  const subvolumes = new Map<TestStorage, (path: string) => Promise<string>>()
  const keep = (cluster: Cluster): Cluster => {
    clusters.push(cluster)
    return cleanups.use(cluster)
  }
  return {
    ...{ options, watch },
    async storage(filesystem, sizeMb) {
      const size = sizeMb === undefined ? {} : { sizeMb }
      let storage: TestStorage
      if (filesystem === 'btrfs') {
        const made = await createBtrfs(size)
        subvolumes.set(made, made.createSubvolume)
        storage = made
      } else storage = await makers[filesystem](size)
      cleanups.use(storage)
      folders.push(storage.path)
      return storage
    },
    async directory(storage, path) {
      const full = join(storage.path, path)
      await mkdir(join(full, '..'), { recursive: true })
      const made = subvolumes.get(storage)?.(path)
      if (made === undefined) await mkdir(full)
      else await made
      await giveToServerUser(full)
      await chmod(full, 0o700)
      return full
    },
    cluster: async (given) => keep(await createCluster(given)),
    standby: async (primary, given) => keep(await createStandby(primary, given)),
    fork: (source, given) => createFork({ source: source.dataDirectory, ...options, ...given }),
  }
}
