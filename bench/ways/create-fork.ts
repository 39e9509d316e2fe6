import { createFork } from '@pgfork/core'
import type { Way } from './way.ts'

/** The library with its defaults. */
export const library: Way = {
  name: 'createFork',
  async fork({ source, driver, stateDirectory }) {
    const fork = await createFork({ source: source.dataDirectory, driver, stateDirectory })
    return { steps: fork.steps, remove: () => fork.destroy() }
  },
}
