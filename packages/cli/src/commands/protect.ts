import { openFork } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { defineCommand } from './define-command.ts'
import { eachName } from './each-name.ts'

export const addProtect = (program: Command): Command =>
  defineCommand<{ readonly off?: boolean }>(program, {
    usage: 'protect <names...>',
    summary: 'Keeps forks from being destroyed, and from gc.',
    examples: ['pgfork protect staging', 'pgfork protect staging --off'],
    options: [new Option('--off', 'they may be destroyed again')],
    run: ({ operation, warnings }, { args, options: { off = false } }) =>
      eachName(
        args,
        off ? 'No longer protected:' : 'Protected:',
        async (name) => {
          const fork = await openFork(name, operation)
          await (off ? fork.unprotect() : fork.protect())
        },
        { warnings, signal: operation.signal },
      ),
  })
