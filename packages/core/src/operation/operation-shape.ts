import { group } from '../options/check-options.ts'
import { abortSignal, anObjectThat, callable, type OptionShape, path } from '../options/checks.ts'
import { driverCheck } from '../storage/driver/driver-check.ts'
import type { OperationOptions } from './operation.ts'
import { timeoutShape } from './timeouts.ts'

/** The checks of the options that every operation takes. */
export const operationShape: OptionShape<OperationOptions> = {
  driver: driverCheck,
  stateDirectory: path,
  runner: anObjectThat('a command runner with run() and start()', 'run', 'start'),
  signal: abortSignal,
  onProgress: callable,
  onWarning: callable,
  timeouts: group(timeoutShape),
}
