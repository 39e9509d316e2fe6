import type { RunOptions } from '../../command/command-runner.ts'
import type { DriverContext } from '../driver/driver-context.ts'

/** The options of a driver that its commands depend on. */
export interface CommandSettings {
  readonly prefix: readonly string[]
  readonly commandTimeoutMs?: number
}

export interface DriverCommandOptions extends Pick<RunOptions, 'environment' | 'input' | 'uninterruptible'> {
  /** Makes an error with a code and advice of its own of a failed command: see `interpretCommandError`. */
  explain(error: unknown): unknown
}

/** Runs a driver's command with the caller's prefix and time limit, and returns what it printed. @throws CommandError */
export async function runDriverCommand(
  file: string,
  args: readonly string[],
  { prefix, commandTimeoutMs }: CommandSettings,
  { runner }: DriverContext,
  { explain, ...options }: DriverCommandOptions,
): Promise<string> {
  const timeLimit = commandTimeoutMs === undefined ? {} : { timeoutMs: commandTimeoutMs }
  try {
    return (await runner.run(file, args, { prefix, ...timeLimit, ...options })).stdout
  } catch (error) {
    throw explain(error)
  }
}

/**
 * Milliseconds for one command that copies or removes a whole tree: on slow disks the thousands of large files of a cluster
 * take far longer than a command of usual size may. An abort ends it earlier.
 */
const treeTimeoutMs = 60 * 60_000

/** As this process's user. */
export const treeSettings: CommandSettings = { prefix: [], commandTimeoutMs: treeTimeoutMs }

/** Runs a command on a whole tree, as this process's user. @throws CommandError */
export async function runTreeCommand(
  file: string,
  args: readonly string[],
  context: DriverContext,
  explain: DriverCommandOptions['explain'],
): Promise<void> {
  await runDriverCommand(file, args, treeSettings, context, { explain })
}
