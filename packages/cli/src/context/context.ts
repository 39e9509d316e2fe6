import process from 'node:process'
import type { OperationOptions, SnapshotDriver } from '@pgfork/core'
import { type LoadedConfig, loadConfig } from '../config/load-config.ts'
import { inCommandWords } from '../output/command-words.ts'
import { openProgress, type Progress } from '../output/progress.ts'
import { type Interruption, listenForSignals } from './interruption.ts'
import { chooseDrivers, makeDrivers } from './make-drivers.ts'

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly stateDirectory?: string
  readonly driver?: string
  /** False for `--no-config`; true is commander's default of such an option. */
  readonly config?: string | boolean
  readonly yes?: boolean
}

/** What a command works with. */
export interface Context extends LoadedConfig {
  readonly isJson: boolean
  /** Nobody is to be asked. */
  readonly isSure: boolean
  readonly interruption: Interruption
  readonly progress: Progress
  readonly warnings: readonly string[]
  /** For functions of core that work on what is there, whatever its storage. */
  readonly operation: OperationOptions
  /** For those that make something of a source: with the drivers that may serve it, and with progress. */
  readonly making: OperationOptions
}

export async function openContext(common: CommonOptions): Promise<Context> {
  const { file, config } = await loadConfig(common.config === true ? undefined : common.config)
  const interruption = listenForSignals()
  const progress = openProgress({ isSilent: common.json === true || common.quiet === true })
  const warnings: string[] = []
  const stateDirectory = common.stateDirectory ?? (process.env.PGFORK_STATE_DIRECTORY || config.stateDirectory)
  const optionsWith = (driver: readonly SnapshotDriver[]): OperationOptions => ({
    driver,
    ...(stateDirectory === undefined ? {} : { stateDirectory }),
    ...(config.create?.timeouts === undefined ? {} : { timeouts: config.create.timeouts }),
    signal: interruption.signal,
    onWarning(text) {
      const message = inCommandWords(text)
      warnings.push(message)
      if (common.json !== true) progress.warn(message)
    },
  })
  const chosen = common.driver ?? (process.env.PGFORK_DRIVER || config.driver)
  return {
    ...{ file, config, interruption, progress, warnings },
    isJson: common.json === true,
    isSure: common.yes === true,
    operation: optionsWith(makeDrivers(config.drivers)),
    making: { ...optionsWith(chooseDrivers(config.drivers, chosen)), onProgress: progress.tell },
  }
}
