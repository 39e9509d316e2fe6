import { createFork } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { connectionEnvironment } from '../context/connection-environment.ts'
import { runProgram } from '../context/run-program.ts'
import { exitStatus } from '../output/exit-status.ts'
import { printError } from '../output/report.ts'
import { defineCommand } from './define-command.ts'
import { type ForkFlags, forkOptions, readForkOptions } from './fork-options.ts'

interface RunFlags extends ForkFlags {
  readonly source?: string
}

export const addRun = (program: Command): Command =>
  defineCommand<RunFlags>(program, {
    usage: 'run <command...>',
    summary:
      'Runs a command with a fork of its own: DATABASE_URL, PGHOST, PGPORT, PGUSER and PGDATABASE lead there. Then the fork goes, whatever happens. Ends as the command ends.',
    examples: [
      'pgfork run -- npm test',
      'pgfork run --source /srv/pg/main -- psql -c "DELETE FROM orders"',
      'pgfork run --snapshot monday --throwaway -- ./migrate.sh',
    ],
    options: [new Option('--source <source>', 'a data directory or a connection URL'), ...forkOptions()],
    ownsOutput: true,
    failureStatus: exitStatus.runFailed,
    async run(context, { args, options }) {
      const fork = await createFork({
        ...(await readForkOptions(context, options, options.source)),
        lifetime: 'process',
      })
      context.progress.end()
      let status: number = exitStatus.runFailed
      let failure: unknown
      try {
        status = await runProgram(args, connectionEnvironment(fork), context.interruption)
      } finally {
        failure = await fork.destroy().then(
          () => undefined,
          (error: unknown) => error ?? new Error('unknown'),
        )
      }
      if (failure !== undefined) {
        printError(failure, context.isJson, 'error')
        return { json: undefined, lines: [], status: status === 0 ? exitStatus.runFailed : status }
      }
      return { json: { name: fork.name, status, steps: fork.steps, warnings: context.warnings }, lines: [], status }
    },
  }).passThroughOptions()
