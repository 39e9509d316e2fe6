import { openSnapshot } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../../context/ask.ts'
import { defineCommand } from '../define-command.ts'
import { eachName, nothingDone } from '../each-name.ts'

export const addSnapshotDestroy = (group: Command): Command =>
  defineCommand(group, {
    usage: 'destroy <names...>',
    summary: 'Removes snapshots that the storage needs for no fork.',
    examples: ['pgfork snapshot destroy monday --yes'],
    asks: true,
    async run({ operation, interruption, isSure, warnings }, { args }) {
      if (!(await ask(`Destroy the snapshots ${args.join(', ')}?`, isSure, interruption.signal))) return nothingDone
      return eachName(args, 'Destroyed', async (name) => (await openSnapshot(name, operation)).destroy(), {
        warnings,
        signal: operation.signal,
      })
    },
  })
