import { openFork } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { nameForBranch } from '../branch/fork-for-branch.ts'
import { connectionVariables } from '../context/connection-environment.ts'
import { formatVariables } from '../output/format-variables.ts'
import { usageError } from '../output/usage-error.ts'
import { defineCommand } from './define-command.ts'

interface UrlFlags {
  readonly tcp?: boolean
  readonly env?: boolean
  readonly forBranch?: boolean
}

export const addUrl = (program: Command): Command =>
  defineCommand<UrlFlags>(program, {
    usage: 'url [name]',
    summary: "Prints a fork's URL, over its private socket, which asks for no password.",
    examples: ['psql "$(pgfork url staging)"', 'pgfork url staging --tcp', 'export $(pgfork url --for-branch --env)'],
    options: [
      new Option('--tcp', 'by TCP on 127.0.0.1, where the role needs its password').conflicts('env'),
      new Option('--for-branch', 'of the git branch and worktree in which this is run'),
      new Option('--env', 'as DATABASE_URL, PGHOST, PGPORT, PGUSER and PGDATABASE'),
    ],
    async run(context, { args: [given], options }) {
      if ((given === undefined) !== (options.forBranch === true))
        throw usageError('Give either the name of a fork or --for-branch.', 'name')
      const name = given ?? (await nameForBranch(context))
      const fork = await openFork(name, context.operation)
      const { connectionString, tcpConnectionString } = fork
      const environment = connectionVariables(fork)
      return {
        json: { name, connectionString, tcpConnectionString, environment },
        lines: options.env ? formatVariables(environment) : [options.tcp ? tcpConnectionString : connectionString],
      }
    },
  })
