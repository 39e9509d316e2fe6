import { openStandby } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { ask } from '../../context/ask.ts'
import { defineCommand } from '../define-command.ts'
import { eachName, nothingDone } from '../each-name.ts'

interface DestroyFlags {
  readonly primaryGone?: boolean
}

export const addStandbyDestroy = (group: Command): Command =>
  defineCommand<DestroyFlags>(group, {
    usage: 'destroy <names...>',
    changes: true,
    summary: 'Removes standbys, with their slots on their primaries. Their forks stay.',
    examples: ['pgfork standby destroy production --yes'],
    options: [
      new Option('--primary-gone', 'does not drop the slot: there is no primary any more, or somebody has dropped it'),
    ],
    asks: true,
    async run({ operation, warnings, interruption, isSure }, { args, options: { primaryGone = false } }) {
      if (!(await ask(`Destroy the standbys ${args.join(', ')}?`, isSure, interruption.signal))) return nothingDone
      const destroy = async (name: string) =>
        (await openStandby(name, operation)).destroy({ isPrimaryGone: primaryGone })
      return eachName(args, 'Destroyed', destroy, { warnings, signal: operation.signal })
    },
  })
