import { openStandby } from '@pgfork/core'
import type { Command } from 'commander'
import { defineCommand } from '../define-command.ts'
import { eachName } from '../each-name.ts'

export const addStandbyStart = (group: Command): Command =>
  defineCommand(group, {
    usage: 'start <names...>',
    summary: 'Starts their servers again, each on its port. After a reboot, too.',
    examples: ['pgfork standby start production'],
    run: ({ operation, warnings }, { args }) =>
      eachName(args, 'Started', async (name) => (await openStandby(name, operation)).start(), {
        warnings,
        signal: operation.signal,
      }),
  })
