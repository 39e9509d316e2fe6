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
import { createStorage, type FileSystemName, hasSubvolumes, type TestStorage } from '../storage/index.ts'
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
  /** What goes at the group's end, too. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource
  /** Disposing of it destroys it. */
  fork(source: Cluster, options: Partial<CreateForkOptions> & { readonly driver: Drivers }): Promise<Fork>
}

export type Drivers = SnapshotDriver | readonly SnapshotDriver[]

/** A group of tests that build what they share themselves; see `describeGroup`. What `open` returns wins over what is there. */
export function describeWorkbench<Parts extends object>(
  title: string,
  filesystems: readonly FileSystemName[],
  open: (bench: Workbench) => Promise<Parts>,
  tests: (bench: Omit<Workbench, keyof Parts> & Parts) => void,
): Promise<void> {
  const openAll = async (group: Group) => {
    const state = await makeState(group)
    const { fork, tidyUp } = makeForks(state)
    const bench = { ...makeTools(group, state), fork }
    // After storages and clusters, so that it comes before them when all goes.
    const parts = await open(bench).finally(() => group.cleanups.defer(tidyUp))
    await addLastingFolders(state, group.clusters)
    return { ...bench, ...parts }
  }
  return describeGroup(title, filesystems, openAll, tests)
}

function makeTools({ cleanups, clusters, folders, watch }: Group, options: State): Omit<Workbench, 'fork'> {
  const keep = (cluster: Cluster): Cluster => {
    clusters.push(cluster)
    return cleanups.use(cluster)
  }
  return {
    ...{ options, watch },
    use: (resource) => cleanups.use(resource),
    async storage(filesystem, sizeMb) {
      const storage = cleanups.use(await createStorage(filesystem, sizeMb === undefined ? {} : { sizeMb }))
      folders.push(storage.path)
      return storage
    },
    async directory(storage, path) {
      const full = join(storage.path, path)
      await mkdir(join(full, '..'), { recursive: true })
      await (hasSubvolumes(storage) ? storage.createSubvolume(path) : mkdir(full))
      await giveToServerUser(full)
      await chmod(full, 0o700)
      return full
    },
    cluster: async (given) => keep(await createCluster(given)),
    standby: async (primary, given) => keep(await createStandby(primary, given)),
  }
}

/** `tidyUp`: what a failed test is still about is given up, and forks are destroyed, before their storage is taken down. */
function makeForks(options: State): { readonly fork: Workbench['fork']; tidyUp(): Promise<void> } {
  const giveUp = new AbortController()
  const pending = new Set<Promise<unknown>>()
  return {
    fork(source, given) {
      const made = createFork({ source: source.dataDirectory, signal: giveUp.signal, ...options, ...given })
      pending.add(made)
      return made
    },
    async tidyUp() {
      giveUp.abort()
      await Promise.allSettled(pending)
      await destroyForks(options)
    },
  }
}
