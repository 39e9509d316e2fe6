import { join } from 'node:path'
import { createRunner, type OperationOptions } from '@pgfork/core'
import { openStateDirectory, withLock } from '@pgfork/core/companion'

/** Only one process at a time makes a template, begins to use it, or removes it. */
export async function lockTemplate<T>(name: string, options: OperationOptions, action: () => Promise<T>): Promise<T> {
  const state = await openStateDirectory(options.stateDirectory)
  const { runner = createRunner(), signal, onWarning } = options
  return withLock(join(state.path, 'locks', `template-${name}`), { runner, signal, onWarning }, action)
}
