import { openFork } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../context/ask.ts'
import { defineCommand } from './define-command.ts'
import { eachName, nothingDone } from './each-name.ts'

export const addDestroy = (program: Command): Command =>
  defineCommand(program, {
    usage: 'destroy <names...>',
    changes: true,
    summary: 'Stops forks and removes all that belongs to them.',
    examples: ['pgfork destroy staging', 'pgfork destroy one other --yes --json'],
    asks: true,
    async run({ operation, interruption, isSure, warnings }, { args }) {
      const isAgreed = await ask(`Destroy ${args.join(', ')} with all changes?`, isSure, interruption.signal)
      if (!isAgreed) return nothingDone
      return eachName(args, 'Destroyed', async (name) => (await openFork(name, operation)).destroy(), {
        warnings,
        signal: operation.signal,
      })
    },
  })
