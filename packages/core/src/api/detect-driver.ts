import { boundRunner } from '../command/bound-runner.ts'
import type { CommandRunner } from '../command/command-runner.ts'
import { createRunner } from '../command/execa-runner.ts'
import { tracedRunner } from '../command/traced-runner.ts'
import { emitWarning } from '../operation/emit-warning.ts'
import { operationShape } from '../operation/operation-shape.ts'
import { checkOptions } from '../options/check-options.ts'
import { path as checkPath, type OptionShape } from '../options/checks.ts'
import { driversCheck } from '../storage/driver/driver-check.ts'
import { type DetectedDriver, findDriver } from '../storage/driver/find-driver.ts'
import { loadInstalledDrivers } from '../storage/driver/load-drivers.ts'
import type { SnapshotDriver } from '../storage/driver/snapshot-driver.ts'

export interface DetectDriverOptions {
  /** Runs every external command. Default: execa. */
  readonly runner?: CommandRunner
  /** Ends the search. */
  readonly signal?: AbortSignal
  /** Told what the user should know although it is not an error. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
}

const { runner, signal, onWarning } = operationShape
const shape: OptionShape<DetectDriverOptions> = { runner, signal, onWarning }

/**
 * Finds the storage driver for a path: the first of `drivers`, by default the installed `@pgfork/driver-*` packages, that serves it.
 * The result says why the drivers before it don't.
 *
 * @throws PgforkError `DRIVER_NOT_FOUND`, `LAYOUT_REFUSED`
 */
export async function detectDriver(
  path: string,
  drivers?: readonly SnapshotDriver[],
  options: DetectDriverOptions = {},
): Promise<DetectedDriver> {
  checkPath(path, 'path', 'detectDriver')
  if (drivers !== undefined) driversCheck(drivers, 'drivers', 'detectDriver')
  checkOptions('detectDriver', options, shape)
  const { runner = createRunner(), signal, onWarning } = options
  const context = {
    runner: boundRunner(tracedRunner(runner), { signal }),
    ...(signal === undefined ? {} : { signal }),
    warn: onWarning ?? emitWarning,
    progress: () => {},
  }
  return findDriver(path, drivers ?? (await loadInstalledDrivers()), context)
}
