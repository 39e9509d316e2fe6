import process from 'node:process'
import type { Command } from 'commander'
import { exitStatus } from '../output/exit-status.ts'
import { printError, toJson } from '../output/report.ts'
import { terminal } from '../output/terminal.ts'
import { serveForks } from '../stdio/methods.ts'
import { serve } from '../stdio/serve.ts'
import { defineCommand } from './define-command.ts'

export const addStdio = (program: Command): Command =>
  defineCommand(program, {
    usage: 'stdio',
    summary:
      'Answers JSON-RPC 2.0, a line each, on standard input and output: create, connectionString, reset, destroy, list. For programs in other languages; also pgfork --stdio. Its forks go when it ends.',
    examples: [`echo '{"jsonrpc":"2.0","id":1,"method":"list"}' | pgfork --stdio`],
    ownsOutput: true,
    async run(context) {
      const write = (message: unknown): void => terminal.out(toJson(message, 0))
      const { methods, end } = serveForks(context, write)
      await serve(process.stdin, write, methods, context.interruption.signal)
      const failures = await end()
      for (const failure of failures) printError(failure, context.isJson, 'error')
      context.interruption.signal.throwIfAborted()
      return { json: undefined, lines: [], status: failures.length > 0 ? exitStatus.failed : exitStatus.done }
    },
  })
