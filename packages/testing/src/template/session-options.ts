import type { OperationOptions } from '@pgfork/core'
import type { TemplateOptions } from './template-options.ts'

/** What every operation of core is told. */
export function sessionOptions(options: TemplateOptions): OperationOptions {
  const { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning = warn } = options
  const given = { driver, stateDirectory, runner, signal, onProgress, timeouts, onWarning }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** Who runs tests reads their output. */
const warn = (message: string): void => console.warn(`pgfork: ${message}`)
