import { openSnapshot } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { defineCommand } from '../define-command.ts'
import { eachName } from '../each-name.ts'

export const addSnapshotProtect = (group: Command): Command =>
  defineCommand<{ readonly off?: boolean }>(group, {
    usage: 'protect <names...>',
    summary: 'Keeps snapshots from being destroyed, and from prune.',
    examples: ['pgfork snapshot protect monday', 'pgfork snapshot protect monday --off'],
    options: [new Option('--off', 'they may be destroyed again')],
    run: ({ operation, warnings }, { args, options: { off = false } }) =>
      eachName(
        args,
        off ? 'No longer protected:' : 'Protected:',
        async (name) => {
          const snapshot = await openSnapshot(name, operation)
          await (off ? snapshot.unprotect() : snapshot.protect())
        },
        { warnings, signal: operation.signal },
      ),
  })
