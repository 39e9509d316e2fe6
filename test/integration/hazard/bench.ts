import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, createFork, type Fork, listForks, openFork, type SnapshotDriver } from '@pgfork/core'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import {
  type Cluster,
  type ClusterOptions,
  createCluster,
  createStandby,
  type StandbyOptions,
} from '../../support/cluster/index.ts'
import {
  type EvidenceSource,
  type RecordingRunner,
  recordCommands,
  showOnFailure,
} from '../../support/evidence/index.ts'
import { expectNoLeaks, type SystemSnapshot, snapshotSystem } from '../../support/leaks/index.ts'
import {
  createBtrfs,
  createExt4,
  createXfs,
  type FileSystemName,
  type TestStorage,
  whyNoLoopMounts,
} from '../../support/storage/index.ts'
import { makeWorkFolder } from '../../support/system/make-work-folder.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { CleanupStack } from '../scenario/cleanup-stack.ts'

/** With what a group of tests builds its clusters on real file systems. All that it makes goes at the group's end. */
export interface Bench {
  readonly options: { readonly stateDirectory: string; readonly runner: RecordingRunner }
  /** A new file system; what a fork leaves on it fails the group. */
  storage(filesystem: FileSystemName, sizeMb?: number): Promise<TestStorage>
  /** An empty subvolume of a Btrfs, or directory elsewhere, that belongs to the servers' user. Missing parents are made. */
  directory(storage: TestStorage, path: string): Promise<string>
  cluster(options: ClusterOptions): Promise<Cluster>
  standby(primary: Cluster, options: StandbyOptions): Promise<Cluster>
  /** Disposing of it destroys it. */
  fork(source: Cluster, options: Partial<CreateForkOptions> & { readonly driver: Drivers }): Promise<Fork>
  /** Has something tell its story, too, when the current test fails. */
  watch<Source extends EvidenceSource>(source: Source): Source
}

export type Drivers = SnapshotDriver | readonly SnapshotDriver[]

const makers = { xfs: createXfs, ext4: createExt4 }

/**
 * A group of tests that share what `open` makes. It shows what happened when one fails, and expects that nothing is left
 * at its end. Where such file systems can't be made it is skipped, and its title says why.
 */
export async function describeBench<Parts extends object>(
  title: string,
  filesystems: readonly FileSystemName[],
  open: (bench: Bench) => Promise<Parts>,
  tests: (bench: Bench & Parts) => void,
): Promise<void> {
  const obstacles = await Promise.all(filesystems.map(whyNoLoopMounts))
  const obstacle = obstacles.find((reason) => reason !== undefined)
  const full = obstacle === undefined ? title : `${title}, skipped: ${obstacle}`
  describe.skipIf(obstacle !== undefined)(full, () => {
    const cleanups = new CleanupStack()
    const clusters: Cluster[] = []
    const folders: string[] = []
    const watched: EvidenceSource[] = []
    const bench = {} as Bench & Parts
    let before: SystemSnapshot | undefined

    beforeAll(async () => {
      const outside = await snapshotSystem({ folders: [] })
      cleanups.defer(() => expectNoLeaks(outside))
      const stateDirectory = await makeStateDirectory(cleanups)
      folders.push(stateDirectory)
      const options = { stateDirectory, runner: cleanups.use(recordCommands()) }
      Object.assign(bench, makeTools({ options, cleanups, clusters, folders, watched }))
      Object.assign(bench, await open(bench))
      await listForks(options)
      for (const cluster of clusters) await addTimelineFolder(stateDirectory, cluster)
      const exceptFilesIn = clusters.map(({ dataDirectory }) => dataDirectory)
      before = await snapshotSystem({ folders, exceptFilesIn: [...exceptFilesIn, ...folders.map(sourceFolderOf)] })
      // Of a test that failed: storage that is in use can't be taken down.
      cleanups.defer(() => destroyForks(bench.options))
    })
    beforeEach(() => {
      watched.splice(0, watched.length, bench.options.runner, ...clusters)
      showOnFailure({ evidence: async () => (await Promise.all(watched.map((one) => one.evidence()))).join('\n\n') })
    })
    afterAll(async () => {
      try {
        // One that a test has restarted would look like a server left behind.
        for (const cluster of clusters) await cluster.stop('immediate').catch(() => undefined)
        if (before !== undefined) await expectNoLeaks(before)
      } finally {
        await cleanups.run()
      }
    })
    tests(bench)
  })
}

/** Where a test may put what its source writes besides the data directory, such as tablespaces. */
const sourceFolderOf = (folder: string): string => join(folder, 'source')

interface Making {
  readonly options: Bench['options']
  readonly cleanups: CleanupStack
  readonly clusters: Cluster[]
  readonly folders: string[]
  readonly watched: EvidenceSource[]
}

function makeTools({ options, cleanups, clusters, folders, watched }: Making): Bench {
  const subvolumes = new Map<TestStorage, (path: string) => Promise<string>>()
  const keep = (cluster: Cluster): Cluster => {
    clusters.push(cluster)
    return cleanups.use(cluster)
  }
  return {
    options,
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
    watch(source) {
      watched.push(source)
      return source
    },
  }
}

async function makeStateDirectory(cleanups: CleanupStack): Promise<string> {
  const stateDirectory = await makeWorkFolder('state')
  cleanups.defer(() => rm(stateDirectory, { recursive: true, force: true }))
  await chmod(stateDirectory, 0o700)
  return stateDirectory
}

/** It is there from a source's first fork on. */
async function addTimelineFolder(stateDirectory: string, cluster: Cluster): Promise<void> {
  const rows = await cluster.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
  await mkdir(join(stateDirectory, 'timelines', rows[0]?.id ?? ''), { recursive: true, mode: 0o700 })
}

async function destroyForks(options: Bench['options']): Promise<void> {
  for (const { name } of await listForks(options)) await (await openFork(name, options)).destroy()
}
