import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { createTemplate, pruneTemplates, type Setup, type Template, type TemplateOptions } from '@pgfork/testing'
import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { type RecordingRunner, recordCommands, showOnFailure } from '../evidence/index.ts'
import { expectNoLeaks, type SystemSnapshot, snapshotSystem } from '../leaks/index.ts'
import {
  createBtrfs,
  createExt4,
  createXfs,
  type FileSystemName,
  type TestStorage,
  whyNoLoopMounts,
} from '../storage/index.ts'

/** What a file of tests works with: a place for templates on a real file system. */
export interface TemplateWorkbench {
  readonly storage: TestStorage
  readonly directory: string
  readonly stateDirectory: string
  readonly driver: SnapshotDriver
  readonly runner: RecordingRunner
  /** What the library told its user since the test began. */
  readonly warnings: string[]
  /** What every template here is made with. */
  readonly options: Pick<TemplateOptions, 'driver' | 'directory' | 'stateDirectory' | 'runner' | 'onWarning'>
  /** A small template that all tests of the file share. */
  template(): Promise<Template>
}

export const smallSetup: Setup = async ({ client }) => {
  await client.query('create table item (id int primary key, name text not null)')
  await client.query("insert into item select i, 'item ' || i from generate_series(1, 1000) i")
}

const storages = { btrfs: createBtrfs, xfs: createXfs, ext4: createExt4 }
const drivers: Record<FileSystemName, () => SnapshotDriver> = { btrfs, xfs: copy, ext4: copy }
/** Other files' tests run at the same time, and what they use for a moment may look like ours. */
const patiently = { timeoutMs: 30_000 }

/** A group of tests on one storage. At its end nothing may be left once the templates are removed, too. */
export async function describeTemplatesOn(
  filesystem: FileSystemName,
  tests: (bench: TemplateWorkbench) => void,
): Promise<void> {
  const obstacle = await whyNoLoopMounts(filesystem)
  const title = obstacle === undefined ? `on ${filesystem}` : `on ${filesystem}, skipped: ${obstacle}`
  describe.skipIf(obstacle !== undefined)(title, () => {
    const bench = { warnings: [] as string[] } as unknown as {
      -readonly [Key in keyof TemplateWorkbench]: TemplateWorkbench[Key]
    }
    let before: SystemSnapshot

    beforeAll(async () => {
      bench.storage = await storages[filesystem]()
      bench.directory = join(bench.storage.path, 'templates')
      bench.stateDirectory = join(bench.storage.path, 'state')
      bench.driver = drivers[filesystem]()
      bench.runner = recordCommands()
      await mkdir(bench.directory)
      await chmod(bench.directory, 0o711)
      await mkdir(bench.stateDirectory, { mode: 0o700 })
      const { driver, directory, stateDirectory, runner, warnings } = bench
      const onWarning = (message: string): void => void warnings.push(message)
      bench.options = { driver, directory, stateDirectory, runner, onWarning }
      bench.template = () => createTemplate({ ...bench.options, key: 'small', setup: smallSetup })
      await mkdir(join(bench.stateDirectory, 'forks'), { mode: 0o700 })
      const folders = [bench.directory, ...['forks', 'ports'].map((name) => join(bench.stateDirectory, name))]
      before = await snapshotSystem({ folders })
    })
    beforeEach(() => {
      bench.warnings.length = 0
      showOnFailure(bench.runner)
    })
    afterAll(async () => {
      try {
        await pruneTemplates({ ...bench.options, all: true })
        await expectNoLeaks(before, patiently)
      } finally {
        await bench.storage[Symbol.asyncDispose]()
      }
    })
    tests(bench)
  })
}
