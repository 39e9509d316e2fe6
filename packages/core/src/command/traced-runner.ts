import { traceCommand } from '../diagnostics/channels.ts'
import type { CommandRunner } from './command-runner.ts'

/** The same runner; subscribers of `pgfork.command` are told of every command. */
export const tracedRunner = (runner: CommandRunner): CommandRunner => ({
  run: (file, args, options) =>
    traceCommand({ kind: 'run', command: [...(options?.prefix ?? []), file, ...args], user: options?.user }, () =>
      runner.run(file, args, options),
    ),
  start: (file, args, options) =>
    traceCommand({ kind: 'start', command: [file, ...args], user: options.user }, () =>
      runner.start(file, args, options),
    ),
})
