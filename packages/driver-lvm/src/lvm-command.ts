import type { DriverContext } from '@pgfork/core'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs a command of LVM, mount or umount with the caller's prefix and returns what it printed. @throws CommandError */
export async function runCommand(
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
): Promise<string> {
  const { prefix, commandTimeoutMs } = settings
  try {
    const { stdout } = await context.runner.run(file, args, {
      prefix,
      // LVM complains about descriptors that it inherits from whoever started us.
      environment: { LVM_SUPPRESS_FD_WARNINGS: '1' },
      ...(commandTimeoutMs === undefined ? {} : { timeoutMs: commandTimeoutMs }),
    })
    return stdout
  } catch (error) {
    throw explainCommandError(error)
  }
}
