import type { OperationOptions } from '@pgfork/core'
import type { StateDirectory } from '@pgfork/core/companion'
import { removeTemplate } from './prune-templates.ts'
import { forgetMaking, noteMaking } from './template-record.ts'

/** Makes a template under its lock. Nothing is left of one that fails, or isn't kept; what a killed process leaves, the next pruning removes (H133). */
export async function makeTemplate<T>(
  state: StateDirectory,
  name: string,
  { signal: _signal, ...options }: OperationOptions,
  make: () => Promise<T>,
): Promise<T> {
  await noteMaking(state, name)
  let made: T | undefined
  try {
    made = await make()
    return made
  } finally {
    const isDone = made !== undefined || (await isRemoved(state, name, options))
    if (isDone) await forgetMaking(state, name)
  }
}

const isRemoved = (state: StateDirectory, name: string, options: OperationOptions): Promise<boolean> =>
  removeTemplate(state, name, options).then(
    () => true,
    () => false,
  )
