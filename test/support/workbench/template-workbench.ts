import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { OperationOptions, SnapshotDriver } from '@pgfork/core'
import { createTemplate, pruneTemplates, type Setup, type Template, type TemplateOptions } from '@pgfork/testing'
import { afterAll, beforeEach } from 'vitest'
import { type RecordingRunner, recordCommands } from '../evidence/index.ts'
import { createStorage, type FileSystemName, type TestStorage } from '../storage/index.ts'
import { describeGroup, type Group } from './describe-group.ts'
import { driverOn } from './source-workbench.ts'

/** A place for templates on a real file system. */
export interface TemplateWorkbench {
  readonly storage: TestStorage
  readonly directory: string
  readonly stateDirectory: string
  readonly driver: SnapshotDriver
  readonly runner: RecordingRunner
  /** What the library told its user since the test began. */
  readonly warnings: string[]
  /** What every template here is made with. */
  readonly options: OperationOptions & Pick<TemplateOptions, 'directory'>
  /** For every call of core. */
  readonly operation: OperationOptions
  /** A small template that all tests of the file share. */
  template(): Promise<Template>
}

export const smallSetup: Setup = async ({ client }) => {
  await client.query('create table item (id int primary key, name text not null)')
  await client.query("insert into item select i, 'item ' || i from generate_series(1, 1000) i")
}

/** A group of tests on one storage; see `describeGroup`. At its end nothing may be left once the templates are removed, too. */
export function describeTemplatesOn(
  filesystem: FileSystemName,
  tests: (bench: TemplateWorkbench) => void,
): Promise<void> {
  const open = (group: Group) => openTemplateWorkbench(filesystem, group)
  return describeGroup(`on ${filesystem}`, [filesystem], open, (bench) => {
    beforeEach(() => void bench.warnings.splice(0))
    // Before `describeGroup` looks for what is left.
    afterAll(() => pruneTemplates({ ...bench.operation, all: true }))
    tests(bench)
  })
}

async function openTemplateWorkbench(
  filesystem: FileSystemName,
  { cleanups, folders, witnesses }: Group,
): Promise<TemplateWorkbench> {
  const storage = cleanups.use(await createStorage(filesystem))
  const [directory, stateDirectory] = [join(storage.path, 'templates'), join(storage.path, 'state')]
  await mkdir(directory)
  await chmod(directory, 0o711)
  await mkdir(join(stateDirectory, 'forks'), { recursive: true, mode: 0o700 })
  folders.push(directory, ...['forks', 'ports'].map((name) => join(stateDirectory, name)))
  const runner = cleanups.use(recordCommands())
  witnesses.push(runner)
  const [driver, warnings] = [driverOn(filesystem), [] as string[]]
  const onWarning = (message: string): void => void warnings.push(message)
  const operation = { driver, stateDirectory, runner, onWarning }
  const options = { ...operation, directory }
  const template = () => createTemplate({ ...options, key: 'small', setup: smallSetup })
  return { storage, directory, stateDirectory, driver, runner, warnings, options, operation, template }
}
