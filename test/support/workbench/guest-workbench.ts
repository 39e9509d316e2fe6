import { join } from 'node:path'
import {
  type CreateForkOptions,
  createFork,
  type Fork,
  listForks,
  type SnapshotDriver,
  type StoredItem,
} from '@pgfork/core'
import type { DriverContext } from '@pgfork/core/driver'
import { expect } from 'vitest'
import { type Cluster, createCluster } from '../cluster/index.ts'
import { runner as systemRunner } from '../system/runner.ts'
import { describeGroup, type Group } from './describe-group.ts'
import { addLastingFolders, destroyForks, makeState, type State } from './make-state.ts'

interface Volume extends AsyncDisposable {
  readonly path: string
}

export interface GuestStorage {
  readonly driver: SnapshotDriver
  /** Waits no longer than a moment for who holds something. */
  readonly hastyDriver: SnapshotDriver
  createVolume(): Promise<Volume>
  /** On a pool of its own, of 320 MB, that can run full. */
  createSmallVolume(): Promise<Volume>
  /** What a reboot leaves of a clone: not mounted, not active. */
  shutDown(mountPoint: string): Promise<void>
  /**
   * Where a full pool makes the source's file system refuse writes until it is mounted anew: does that. Left out where the source
   * goes on as soon as there is room.
   */
  mountAgain?(mountPoint: string): Promise<void>
  /** As somebody does who doesn't know of us. */
  destroySnapshot(name: string, mountPoint: string): Promise<void>
  /** The commands that change the storage. */
  readonly tools: readonly string[]
  /** Of each pool there is a second space that can run full. */
  readonly hasMetadata: boolean
}

export interface GuestWorkbench {
  readonly storage: GuestStorage
  /** The mount point of the source's volume. */
  readonly root: string
  readonly source: Cluster
  readonly options: State & { readonly driver: SnapshotDriver }
  fork(options?: Partial<CreateForkOptions>): Promise<Fork>
  /** Snapshots and clones of ours on a volume, by default the source's. */
  listItems(root?: string): Promise<StoredItem[]>
  expectNothingLeft(root?: string): Promise<void>
  /** How full the source's pool is, from 0 to 1. */
  dataShare(): Promise<number>
}

const context: DriverContext = { runner: systemRunner, warn: () => {}, progress: () => {} }

/** A group of tests with one source on storage that only a guest has; see `describeGroup`. */
export function describeInGuest(
  title: string,
  storage: GuestStorage,
  tests: (bench: GuestWorkbench) => void,
): Promise<void> {
  return describeGroup(title, [], (group) => openGuestWorkbench(storage, group), tests)
}

async function openGuestWorkbench(storage: GuestStorage, group: Group): Promise<GuestWorkbench> {
  const { cleanups, clusters } = group
  const { driver } = storage
  const root = cleanups.use(await storage.createVolume()).path
  const source = cleanups.use(await createCluster({ directory: join(root, 'main') }))
  clusters.push(source)
  const state = await makeState(group)
  await addLastingFolders(state, [source])
  const options = { ...state, driver }
  cleanups.defer(() => destroyForks(options))
  const listItems = async (path = root) => [...(await driver.list(await driver.locate(path, context), context))]
  return {
    ...{ storage, root, source, options, listItems },
    fork: (given = {}) => createFork({ source: source.dataDirectory, ...options, ...given }),
    async expectNothingLeft(path = root) {
      expect(await listForks(options)).toEqual([])
      expect(await listItems(path)).toEqual([])
    },
    async dataShare() {
      const { data } = await driver.space(await driver.locate(root, context), context)
      return data.usedBytes / data.totalBytes
    },
  }
}
