import { type CommandRunner, createRunner } from '@pgfork/core'

/** Runs commands and tells of each one before it does. No secret is ever on a command line (docs/security.md). */
export function tellingRunner(tell: (command: readonly string[]) => void): CommandRunner {
  const runner = createRunner()
  return {
    run(file, args, options) {
      tell([...(options?.prefix ?? []), file, ...args])
      return runner.run(file, args, options)
    },
    start(file, args, options) {
      tell([file, ...args])
      return runner.start(file, args, options)
    },
  }
}
