import { createFork } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { tellingRunner } from '../context/telling-runner.ts'
import { describeDuration } from '../output/describe-duration.ts'
import { describeFork, findFork } from '../output/fork-report.ts'
import { shellLine } from '../output/shell-line.ts'
import { oneLine, terminal } from '../output/terminal.ts'
import { createForBranch, forBranchOption } from './create-for-branch.ts'
import { defineCommand } from './define-command.ts'
import { type ForkFlags, forkOptions, readForkOptions } from './fork-options.ts'
import { rehearse } from './rehearse.ts'

interface CreateFlags extends ForkFlags {
  readonly dryRun?: boolean
  readonly commands?: boolean
  readonly forBranch?: boolean
}

export const addCreate = (program: Command): Command =>
  defineCommand<CreateFlags>(program, {
    usage: 'create [source]',
    changes: true,
    summary: 'Makes a fork that stays until it is destroyed.',
    examples: [
      'pgfork create /var/lib/postgresql/17/main --name staging',
      'pgfork create postgresql://postgres@localhost/shop --ttl 8h',
      'pgfork create --container db',
      'pgfork create postgresql://watcher@db-a.example.org/shop?sslmode=verify-full --volume rbd:rbd/db-a',
      'pgfork create --snapshot monday --set shared_buffers=64MB',
      'pgfork create /srv/pg/main --at 2026-01-05T13:59:59+01:00',
      'pgfork create --prepare mask.sql --json',
      'pgfork create --for-branch',
      'pgfork create --dry-run',
    ],
    options: [
      ...forkOptions(),
      forBranchOption(),
      new Option(
        '--dry-run',
        'checks all that can be checked, changes nothing, and prints the commands that would be run',
      ),
      new Option('--commands', 'prints each command before it is run, on standard error'),
    ],
    async run(context, { args: [source], options }) {
      if (options.forBranch) return createForBranch(context, options, source)
      const request = { ...(await readForkOptions(context, options, source)), lifetime: 'persistent' } as const
      if (options.dryRun) return rehearse(request, context.warnings)
      const startedAt = performance.now()
      const fork = await createFork(options.commands ? { ...request, runner: tellingRunner(tell) } : request)
      const milliseconds = Math.round(performance.now() - startedAt)
      const summary = await findFork(fork.name, context.operation)
      const { steps, name, connectionString } = fork
      return {
        json: { ...(summary && describeFork(summary)), milliseconds, steps, warnings: context.warnings },
        lines: [`Made ${name} in ${describeDuration(milliseconds)}.`, connectionString],
      }
    },
  })

const tell = (command: readonly string[]): void => {
  terminal.error(`$ ${oneLine(shellLine(command))}`)
}
