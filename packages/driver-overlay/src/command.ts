import { type DriverContext, runDriverCommand } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs a command with the caller's prefix, and returns what it printed. @throws CommandError */
export const runCommand = (
  file: string,
  args: readonly string[],
  settings: Settings,
  context: DriverContext,
): Promise<string> => runDriverCommand(file, args, settings, context, { explain: explainCommandError })
