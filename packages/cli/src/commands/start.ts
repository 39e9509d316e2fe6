import { openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { defineCommand } from './define-command.ts'
import { eachName } from './each-name.ts'

export const addStart = (program: Command): Command =>
  defineCommand(program, {
    usage: 'start <names...>',
    summary: 'Starts them again, each on its port. After a reboot, too.',
    examples: ['pgfork start staging'],
    run: ({ operation, warnings }, { args }) =>
      eachName(args, 'Started', async (name) => (await openFork(name, operation)).start(), {
        warnings,
        signal: operation.signal,
      }),
  })
