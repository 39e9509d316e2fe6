import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { installCommand, type RunCommand, runCommandOf } from '../../support/command/index.ts'
import type { FileSystemName } from '../../support/storage/index.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

export interface CommandBench extends SourceWorkbench {
  /** `pgfork` with these words, in the state directory of the workbench. */
  readonly pgfork: RunCommand
  /** For Node to run, for tests that start it in another way. */
  readonly commandPath: string
  /** For files of tests, and where the command runs; it goes at the end. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

/** A group of tests that run the built command as users do, with a source on one storage. */
export function describeCommand(filesystem: FileSystemName, tests: (bench: CommandBench) => void): Promise<void> {
  return describeOn(filesystem, {}, (source) => {
    const bench = source as CommandBench
    const cleanUps: (() => Promise<void>)[] = []

    beforeAll(async () => {
      const command = await installCommand()
      cleanUps.push(async () => command[Symbol.asyncDispose]())
      const environment = { PGFORK_STATE_DIRECTORY: source.stateDirectory, PGFORK_SOURCE: source.source.dataDirectory }
      const pgfork = runCommandOf(command.path, environment, command.folder)
      Object.assign(bench, { pgfork, environment, commandPath: command.path, folder: command.folder })
    })
    afterAll(async () => {
      // They stay, for metrics.
      await rm(join(source.stateDirectory, 'outcomes'), { recursive: true, force: true })
      for (const cleanUp of cleanUps) await cleanUp()
    })
    tests(bench)
  })
}
