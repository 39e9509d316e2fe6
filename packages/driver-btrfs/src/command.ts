import type { DriverContext } from '@pgfork/core'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs `btrfs` with the caller's prefix and returns what it printed. @throws CommandError with a code of its own */
export async function runBtrfs(args: readonly string[], settings: Settings, context: DriverContext): Promise<string> {
  const { prefix, commandTimeoutMs } = settings
  try {
    const { stdout } = await context.runner.run('btrfs', args, {
      prefix,
      ...(commandTimeoutMs === undefined ? {} : { timeoutMs: commandTimeoutMs }),
    })
    return stdout
  } catch (error) {
    throw explainCommandError(error)
  }
}
