import type { OperationOptions } from '@pgfork/core'
import type { TemplateOptions } from './template-options.ts'

/** The options for core's operations. */
export function sessionOptions(options: TemplateOptions): OperationOptions {
  const { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning = warn } = options
  const given = { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Shown in the output of the tests. */
const warn = (message: string): void => console.warn(`pgfork: ${message}`)
