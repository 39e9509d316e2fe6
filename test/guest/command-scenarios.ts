import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { installCommand, liveWithDriver, runCommandOf } from '../support/command/index.ts'
import { describeInGuest, type GuestStorage } from '../support/workbench/guest-workbench.ts'

/** The command on storage that only a guest has. */
export const commandScenarios = (title: string, storage: GuestStorage): Promise<void> =>
  describeInGuest(`${title}, command`, storage, (bench) => {
    test('every command does with what this driver made what it does with any other', async () => {
      await using command = await installCommand()
      const environment = {
        PGFORK_STATE_DIRECTORY: bench.options.stateDirectory,
        PGFORK_SOURCE: bench.source.dataDirectory,
      }
      await liveWithDriver(runCommandOf(command.path, environment, command.folder), {
        driver: storage.driver.name,
        isFound: true,
      })
      await rm(join(bench.options.stateDirectory, 'outcomes'), { recursive: true })
      await bench.expectNothingLeft()
    })
  })
