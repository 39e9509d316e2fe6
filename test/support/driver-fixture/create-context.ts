import type { CommandRunner } from '@pgfork/core'
import type { DriverContext } from '@pgfork/core/driver'
import { runner } from '../system/runner.ts'

/** A driver's context that remembers what was told to it. */
export interface TestContext extends DriverContext {
  readonly warnings: readonly string[]
  /** Every command so far, as one line. */
  readonly commands: readonly string[]
  readonly told: readonly { readonly doneBytes: number; readonly totalBytes?: number }[]
}

export function createContext(signal?: AbortSignal): TestContext {
  const warnings: string[] = []
  const commands: string[] = []
  const told: { doneBytes: number; totalBytes?: number }[] = []
  const recording: CommandRunner = {
    ...runner,
    run: (file, args, options) => {
      commands.push([...(options?.prefix ?? []), file, ...args].join(' '))
      return runner.run(file, args, { ...(signal === undefined ? {} : { signal }), ...options })
    },
  }
  return {
    runner: recording,
    ...(signal === undefined ? {} : { signal }),
    warn: (message) => void warnings.push(message),
    progress: (progress) => void told.push(progress),
    warnings,
    commands,
    told,
  }
}
