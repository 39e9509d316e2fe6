import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import type { Cluster } from '../cluster/index.ts'
import { type EvidenceSource, showOnFailure } from '../evidence/index.ts'
import { expectNoLeaks, type SystemSnapshot, snapshotSystem } from '../leaks/index.ts'
import { type FileSystemName, whyNoLoopMounts } from '../storage/index.ts'
import { CleanupStack } from './cleanup-stack.ts'

/** What a group of tests works with, while it comes into being. */
export interface Group {
  readonly cleanups: CleanupStack
  /** Stopped when the tests are over, before what is left is looked for. */
  readonly clusters: Cluster[]
  /** Where nothing may be left. */
  readonly folders: string[]
  /** They tell their story when a test fails: the commands that were run, at first. */
  readonly witnesses: EvidenceSource[]
  /** Has something tell its story, too, when the current test fails. */
  watch<Source extends EvidenceSource>(source: Source): Source
}

/** Other files' tests run at the same time, and what they use for a moment may look like ours. */
const patiently = { timeoutMs: 30_000 }

/** Where a test may put what its source writes besides the data directory, such as tablespaces: `source` in each folder. */
const sourceFolderOf = (folder: string): string => `${folder}/source`

/**
 * A group of tests that share what `open` makes on real file systems. It shows what happened when one fails, and expects at
 * its end that nothing is left. Where such file systems can't be made it is skipped, and its title says why.
 */
export async function describeGroup<Bench extends object>(
  title: string,
  filesystems: readonly FileSystemName[],
  open: (group: Group) => Promise<Bench>,
  tests: (bench: Bench) => void,
): Promise<void> {
  const obstacles = await Promise.all(filesystems.map(whyNoLoopMounts))
  const obstacle = obstacles.find((reason) => reason !== undefined)
  const full = obstacle === undefined ? title : `${title}, skipped: ${obstacle}`
  describe.skipIf(obstacle !== undefined)(full, () => {
    const watched: EvidenceSource[] = []
    const group: Group = {
      ...{ cleanups: new CleanupStack(), clusters: [], folders: [], witnesses: [] },
      watch(source) {
        watched.push(source)
        return source
      },
    }
    const { cleanups, clusters, folders, witnesses } = group
    const bench = {} as Bench
    let before: SystemSnapshot | undefined

    beforeAll(async () => {
      const outside = await snapshotSystem({ folders: [] })
      cleanups.defer(() => expectNoLeaks(outside, patiently))
      Object.assign(bench, await open(group))
      const exceptFilesIn = [...clusters.map(({ dataDirectory }) => dataDirectory), ...folders.map(sourceFolderOf)]
      before = await snapshotSystem({ folders, exceptFilesIn })
    })
    beforeEach(() => {
      watched.splice(0, watched.length, ...witnesses, ...clusters)
      const evidence = () => Promise.all(watched.map((one) => one.evidence().catch((error) => `No evidence: ${error}`)))
      showOnFailure({ evidence: async () => (await evidence()).join('\n\n') })
    })
    afterAll(async () => {
      try {
        // One that a test has restarted would look like a server left behind.
        for (const cluster of clusters) await cluster.stop('immediate').catch(() => undefined)
        if (before !== undefined) await expectNoLeaks(before, patiently)
      } finally {
        await cleanups.run()
      }
    })
    tests(bench)
  })
}
