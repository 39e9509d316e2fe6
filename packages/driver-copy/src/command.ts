import { type DriverContext, runDriverCommand } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'

/**
 * Milliseconds for one command that copies or removes a whole tree: on slow disks the thousands of large files of a cluster
 * take far longer than a command of usual size may. An abort ends it earlier.
 */
const treeTimeoutMs = 60 * 60_000

/** Runs a command on a whole tree. @throws CommandError with a code of its own, its cause being what the command said */
export async function runOnTree(
  file: 'cp' | 'find' | 'rm',
  args: readonly string[],
  context: DriverContext,
): Promise<void> {
  const settings = { prefix: [], commandTimeoutMs: treeTimeoutMs }
  await runDriverCommand(file, args, settings, context, { explain: explainCommandError })
}
