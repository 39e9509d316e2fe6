import type { OperationOptions } from '@pgfork/core'
import { printable } from '@pgfork/core/companion'
import type { TemplateOptions } from './template-options.ts'

/** The options for core's operations. */
export function sessionOptions(options: Omit<TemplateOptions, 'key'>): OperationOptions {
  const { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning = warn } = options
  const given = { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** For keys: what one driver made, another can't use. */
export const driverNames = ({ driver = [] }: Pick<OperationOptions, 'driver'>): string[] =>
  [driver].flat().map(({ name }) => name)

/** Shown in the output of the tests. */
const warn = (message: string): void => console.warn(`pgfork: ${printable(message)}`)
