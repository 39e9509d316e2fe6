import { openFork } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { connectionEnvironment } from '../context/connection-environment.ts'
import { runProgram } from '../context/run-program.ts'
import { defineCommand } from './define-command.ts'

interface PsqlFlags {
  readonly database?: string
  readonly role?: string
}

export const addPsql = (program: Command): Command =>
  defineCommand<PsqlFlags>(program, {
    usage: 'psql <name> [arguments...]',
    summary: 'Runs psql in a fork. Ends as psql ends.',
    examples: ['pgfork psql staging', 'pgfork psql staging -- -c "SELECT count(*) FROM orders"'],
    options: [new Option('--database <name>', 'another database'), new Option('--role <name>', 'another role')],
    ownsOutput: true,
    async run({ operation, interruption }, { args: [name = '', ...words], options }) {
      // Behind a first operand commander leaves the dashes where they are.
      const args = words[0] === '--' ? words.slice(1) : words
      const environment = {
        ...connectionEnvironment(await openFork(name, operation)),
        ...(options.database === undefined ? {} : { PGDATABASE: options.database }),
        ...(options.role === undefined ? {} : { PGUSER: options.role }),
      }
      const status = await runProgram(['psql', ...args], environment, interruption)
      return { json: { name, status }, lines: [], status }
    },
  }).passThroughOptions()
