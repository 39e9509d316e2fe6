import { type DriverContext, PgforkError } from '@pgfork/core'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs a command that only looks, mount or umount, with the caller's prefix, and returns what it printed. @throws CommandError */
export async function runCommand(
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
  signal?: AbortSignal,
): Promise<string> {
  const { prefix, commandTimeoutMs } = settings
  try {
    const { stdout } = await context.runner.run(file, args, {
      prefix,
      // LVM complains about descriptors that it inherits from whoever started us.
      environment: { LVM_SUPPRESS_FD_WARNINGS: '1' },
      ...(commandTimeoutMs === undefined ? {} : { timeoutMs: commandTimeoutMs }),
      ...(signal === undefined ? {} : { signal }),
    })
    return stdout
  } catch (error) {
    throw explainCommandError(error)
  }
}

/**
 * Runs a command that changes the pool; it takes less than a second. An abort is heeded before, not while it runs: killed in
 * the middle it could leave the source suspended, or the pool at odds with LVM's record of it. @throws CommandError, `ABORTED`
 */
export async function changePool(
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  if (context.signal?.aborted === true)
    throw new PgforkError('ABORTED', `${file} was not begun, since the operation was aborted.`)
  await runCommand(file, args, settings, context, new AbortController().signal)
}
