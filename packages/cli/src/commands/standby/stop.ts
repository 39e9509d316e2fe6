import { openStandby } from '@pgfork/core'
import type { Command } from 'commander'
import { defineCommand } from '../define-command.ts'
import { eachName } from '../each-name.ts'

export const addStandbyStop = (group: Command): Command =>
  defineCommand(group, {
    usage: 'stop <names...>',
    summary: 'Stops their servers. What their primaries write meanwhile is missing, or kept by a slot.',
    examples: ['pgfork standby stop production'],
    run: ({ operation, warnings }, { args }) =>
      eachName(args, 'Stopped', async (name) => (await openStandby(name, operation)).stop(), {
        warnings,
        signal: operation.signal,
      }),
  })
