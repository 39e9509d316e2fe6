import { type DriverContext, runDriverCommand } from '@pgfork/core/driver'
import { explainCommandError } from './command-errors.ts'
import type { Settings } from './options.ts'

/** Runs `btrfs` with the caller's prefix and returns what it printed. @throws CommandError with a code of its own */
export const runBtrfs = (args: readonly string[], settings: Settings, context: DriverContext): Promise<string> =>
  runDriverCommand('btrfs', args, settings, context, { explain: explainCommandError })

export const snapshotWords = (from: string, to: string, isWritable: boolean): string[] => [
  ...['subvolume', 'snapshot'],
  ...(isWritable ? [] : ['-r']),
  ...[from, to],
]
