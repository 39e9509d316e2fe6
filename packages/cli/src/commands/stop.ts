import { openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { defineCommand } from './define-command.ts'
import { eachName } from './each-name.ts'

export const addStop = (program: Command): Command =>
  defineCommand(program, {
    usage: 'stop <names...>',
    summary: 'Stops the servers of forks; their files stay.',
    examples: ['pgfork stop staging'],
    run: ({ operation, warnings }, { args }) =>
      eachName(args, 'Stopped', async (name) => (await openFork(name, operation)).stop(), {
        warnings,
        signal: operation.signal,
      }),
  })
