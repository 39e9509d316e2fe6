import { openImport } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../../context/ask.ts'
import { defineCommand } from '../define-command.ts'
import { eachName, nothingDone } from '../each-name.ts'

export const addImportDestroy = (group: Command): Command =>
  defineCommand(group, {
    usage: 'destroy <names...>',
    changes: true,
    summary: 'Removes imports with all their generations. Their forks stay.',
    examples: ['pgfork import destroy shop --yes'],
    asks: true,
    async run({ operation, warnings, interruption, isSure }, { args }) {
      if (!(await ask(`Destroy the imports ${args.join(', ')}?`, isSure, interruption.signal))) return nothingDone
      return eachName(args, 'Destroyed', async (name) => (await openImport(name, operation)).destroy(), {
        warnings,
        signal: operation.signal,
      })
    },
  })
