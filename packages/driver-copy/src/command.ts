import { type DriverContext, runTreeCommand } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'

/** Runs a command on a whole tree. @throws CommandError with a code of its own, its cause being what the command said */
export const runOnTree = (file: 'cp' | 'find', args: readonly string[], context: DriverContext): Promise<void> =>
  runTreeCommand(file, args, context, explainCommandError)
