import { join } from 'node:path'
import type { CreateForkOptions, Fork, SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import type { Cluster, ClusterOptions } from '../cluster/index.ts'
import type { FileSystemName, TestStorage } from '../storage/index.ts'
import type { State } from './make-state.ts'
import { describeWorkbench, type Workbench } from './workbench.ts'

/** A source on a real file system, and forks of it. */
export interface SourceWorkbench extends Pick<Workbench, 'watch'> {
  readonly storage: TestStorage
  /** A running server on `storage`, shared by the tests of a file. */
  readonly source: Cluster
  readonly stateDirectory: string
  /** Driver, state directory and recorded commands, for every call of the library. */
  readonly options: State & { readonly driver: SnapshotDriver }
  /** Makes a fork of `source`, unless another source is given. Disposing of it destroys it. */
  fork(options?: Partial<CreateForkOptions>): Promise<Fork>
  /** A place on `storage` for a data directory: on Btrfs an empty subvolume, else an empty directory. */
  directory(name: string): Promise<string>
}

export interface SourceWorkbenchOptions extends Omit<ClusterOptions, 'directory'> {
  /** Of the storage. */
  readonly sizeMb?: number
  /** Where the source's data directory lies below its volume's top. Default: it is the top. */
  readonly below?: string
}

const drivers: Record<FileSystemName, () => SnapshotDriver> = { btrfs, xfs: copy, ext4: copy }

/** The driver that a test of no particular one uses on a storage. */
export const driverOn = (filesystem: FileSystemName): SnapshotDriver => drivers[filesystem]()

/** A group of tests on one storage with one source; see `describeGroup`. */
export function describeOn(
  filesystem: FileSystemName,
  options: SourceWorkbenchOptions,
  tests: (bench: SourceWorkbench) => void,
): Promise<void> {
  return describeWorkbench(
    `on ${filesystem}`,
    [filesystem],
    (bench) => openSourceWorkbench(filesystem, options, bench),
    tests,
  )
}

async function openSourceWorkbench(
  filesystem: FileSystemName,
  { sizeMb, below = '', ...clusterOptions }: SourceWorkbenchOptions,
  bench: Workbench,
): Promise<SourceWorkbench> {
  const storage = await bench.storage(filesystem, sizeMb)
  const directory = (name: string) => bench.directory(storage, name)
  const source = await bench.cluster({ ...clusterOptions, directory: join(await directory('master'), below) })
  const options = { ...bench.options, driver: driverOn(filesystem) }
  const fork = (given: Partial<CreateForkOptions> = {}) => bench.fork(source, { driver: options.driver, ...given })
  return { storage, source, stateDirectory: options.stateDirectory, options, fork, directory, watch: bench.watch }
}
