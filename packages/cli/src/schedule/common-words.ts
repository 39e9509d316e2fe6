import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { checkPlace } from '@pgfork/core/companion'
import type { CommonOptions, Context } from '../context/context.ts'

/** `sudo npx pgfork` runs what somebody has in his home directory; a schedule would do so every hour, whatever is there by then (H62). */
export function warnOfOthers({ operation }: Context, program: readonly string[], user: string): void {
  for (const path of program)
    try {
      checkPlace(
        dirname(path),
        `They would be ${user} with each run of the schedule: install pgfork where nobody else can write.`,
      )
    } catch (error) {
      operation.onWarning?.((error as Error).message)
    }
}

/** Both start in another folder, with another environment: what was found there is named. */
export function commonWords({ file }: Context, { stateDirectory }: Pick<CommonOptions, 'stateDirectory'>): string[] {
  const state = stateDirectory ?? process.env.PGFORK_STATE_DIRECTORY
  return [
    ...(file === undefined ? ['--no-config'] : ['--config', file]),
    ...(state ? ['--state-directory', resolve(state)] : []),
  ]
}
