import { type DriverContext, type RunOptions, runDriverCommand, throwIfAborted } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs a command that changes no pool, with the caller's prefix, and returns what it printed. @throws CommandError */
export const runCommand = (
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
  options: Pick<RunOptions, 'uninterruptible'> = {},
): Promise<string> =>
  runDriverCommand(file, args, settings, context, {
    // LVM complains about descriptors that it inherits from whoever started us.
    environment: { LVM_SUPPRESS_FD_WARNINGS: '1' },
    explain: explainCommandError,
    ...options,
  })

/**
 * Runs a command that changes the pool, which takes less than a second, or as long as the source's file system takes to flush. An
 * abort counts before it, not while it runs, and its time limit ends in a warning: if it were killed, it could leave the source
 * suspended, or the pool at odds with LVM's metadata (H74). @throws CommandError, `ABORTED`
 */
export async function changePool(
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
): Promise<void> {
  throwIfAborted(context.signal, `${file} was not started, because the operation was aborted.`)
  await runCommand(file, args, settings, context, { uninterruptible: { warn: context.warn } })
}
