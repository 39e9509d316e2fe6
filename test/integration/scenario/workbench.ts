import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, createFork, type Fork, listForks, openFork, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { type Cluster, type ClusterOptions, createCluster } from '../../support/cluster/index.ts'
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
import { CleanupStack } from './cleanup-stack.ts'

/** What a file of scenarios works with: a source on a real file system, and forks of it. */
export interface Workbench {
  readonly storage: TestStorage
  /** A running server on `storage`, shared by the scenarios of a file. */
  readonly source: Cluster
  readonly stateDirectory: string
  /** Driver, state directory and recorded commands, for every call of the library. */
  readonly options: {
    readonly driver: SnapshotDriver
    readonly stateDirectory: string
    readonly runner: RecordingRunner
  }
  /** Makes a fork of `source`, unless another source is given. Disposing of it destroys it. */
  fork(options?: Partial<CreateForkOptions>): Promise<Fork>
  /** A place on `storage` for a data directory: on Btrfs an empty subvolume, else a path that isn't there yet. */
  directory(name: string): Promise<string>
  /** Has a further server tell its story, too, when the current test fails. */
  watch<Source extends EvidenceSource>(source: Source): Source
}

export interface WorkbenchOptions extends Omit<ClusterOptions, 'directory'> {
  /** Of the storage. */
  readonly sizeMb?: number
  /** Where the source's data directory lies below its volume's top. Default: it is the top. */
  readonly below?: string
}

/** Other files' tests run at the same time, and what they use for a moment may look like ours. */
const patiently = { timeoutMs: 30_000 }

const storages = { btrfs: createBtrfs, xfs: createXfs, ext4: createExt4 }
const drivers: Record<FileSystemName, () => SnapshotDriver> = { btrfs, xfs: copy, ext4: copy }

/**
 * A group of scenarios on one storage with one source, which shows what happened when one fails, and at its end expects
 * that nothing is left. Where such storage can't be made the group is skipped, and its title says why.
 */
export async function describeOn(
  filesystem: FileSystemName,
  options: WorkbenchOptions,
  scenarios: (bench: Workbench) => void,
): Promise<void> {
  const obstacle = await whyNoLoopMounts(filesystem)
  const title = obstacle === undefined ? `on ${filesystem}` : `on ${filesystem}, skipped: ${obstacle}`
  describe.skipIf(obstacle !== undefined)(title, () => {
    const cleanups = new CleanupStack()
    const watched: EvidenceSource[] = []
    const watch: Workbench['watch'] = (source) => {
      watched.push(source)
      return source
    }
    const bench = { watch } as Workbench
    let before: SystemSnapshot | undefined

    beforeAll(async () => {
      const outside = await snapshotSystem({ folders: [] })
      cleanups.defer(() => expectNoLeaks(outside, patiently))
      Object.assign(bench, await openWorkbench(filesystem, options, cleanups))
      const { storage, stateDirectory, source } = bench
      before = await snapshotSystem({
        folders: [storage.path, stateDirectory],
        exceptFilesIn: [source.dataDirectory],
      })
    })
    beforeEach(() => {
      watched.splice(0, watched.length, bench.options.runner, bench.source)
      showOnFailure({ evidence: async () => (await Promise.all(watched.map((one) => one.evidence()))).join('\n\n') })
    })
    afterAll(async () => {
      try {
        // One that a test has restarted would look like a server left behind.
        await bench.source?.stop('immediate')
        if (before !== undefined) await expectNoLeaks(before, patiently)
      } finally {
        await cleanups.run()
      }
    })
    scenarios(bench)
  })
}

async function openWorkbench(
  filesystem: FileSystemName,
  { sizeMb, below = '', ...clusterOptions }: WorkbenchOptions,
  cleanups: CleanupStack,
): Promise<Omit<Workbench, 'watch'>> {
  const storage = cleanups.use(await storages[filesystem](sizeMb === undefined ? {} : { sizeMb }))
  const directory = async (name: string): Promise<string> => {
    if (!hasSubvolumes(storage)) return join(storage.path, name)
    const path = await storage.createSubvolume(name)
    await chmod(path, 0o700)
    return path
  }
  const source = cleanups.use(
    await createCluster({ ...clusterOptions, directory: join(await directory('master'), below) }),
  )
  const stateDirectory = await makeStateDirectory(source, cleanups)
  const options = { driver: drivers[filesystem](), stateDirectory, runner: cleanups.use(recordCommands()) }
  await listForks(options)

  const giveUp = new AbortController()
  const pending = new Set<Promise<unknown>>()
  // What a failed test left or is still about: storage that is in use can't be taken down.
  cleanups.defer(async () => {
    giveUp.abort()
    await Promise.allSettled(pending)
    for (const { name } of await listForks(options)) await (await openFork(name, options)).destroy()
  })
  const fork = (given: Partial<CreateForkOptions> = {}): Promise<Fork> => {
    const made = createFork({ source: source.dataDirectory, signal: giveUp.signal, ...options, ...given })
    pending.add(made)
    return made
  }
  return { storage, source, stateDirectory, options, fork, directory }
}

/** With the folder of the source's timelines, which is there from its first fork on. */
async function makeStateDirectory(source: Cluster, cleanups: CleanupStack): Promise<string> {
  const stateDirectory = await makeWorkFolder('state')
  cleanups.defer(() => rm(stateDirectory, { recursive: true, force: true }))
  await chmod(stateDirectory, 0o700)
  const rows = await source.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
  for (const folder of ['timelines', `timelines/${rows[0]?.id}`])
    await mkdir(join(stateDirectory, folder), { mode: 0o700 })
  return stateDirectory
}

const hasSubvolumes = (
  storage: TestStorage,
): storage is TestStorage & { createSubvolume(name: string): Promise<string> } => 'createSubvolume' in storage
