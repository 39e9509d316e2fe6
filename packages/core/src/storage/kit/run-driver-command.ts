import type { RunOptions } from '../../command/command-runner.ts'
import type { DriverContext } from '../driver/driver-context.ts'

/** The options of a driver that its commands depend on. */
export interface CommandSettings {
  readonly prefix: readonly string[]
  readonly commandTimeoutMs?: number
}

export interface DriverCommandOptions extends Pick<RunOptions, 'environment' | 'uninterruptible'> {
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
