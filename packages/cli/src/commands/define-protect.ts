import type { OperationOptions } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { defineCommand } from './define-command.ts'
import { eachName } from './each-name.ts'

interface Protectable {
  protect(): Promise<void>
  unprotect(): Promise<void>
}

interface ProtectCommand {
  readonly summary: string
  readonly examples: readonly string[]
  open(name: string, operation: OperationOptions): Promise<Protectable>
}

/** `protect`, of what can be protected. */
export const defineProtect = (parent: Command, { summary, examples, open }: ProtectCommand): Command =>
  defineCommand<{ readonly off?: boolean }>(parent, {
    usage: 'protect <names...>',
    summary,
    examples,
    options: [new Option('--off', 'they may be destroyed again')],
    run: ({ operation, warnings }, { args, options: { off = false } }) =>
      eachName(
        args,
        off ? 'No longer protected:' : 'Protected:',
        async (name) => {
          const found = await open(name, operation)
          await (off ? found.unprotect() : found.protect())
        },
        { warnings, signal: operation.signal },
      ),
  })
