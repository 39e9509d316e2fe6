import { Argument, type Command } from 'commander'
import { completionScripts, type Shell } from '../completion/scripts.ts'
import { defineCommand } from './define-command.ts'

export const addCompletion = (program: Command): Command =>
  defineCommand(program, {
    usage: 'completion',
    arguments: [new Argument('<shell>', 'the shell').choices(Object.keys(completionScripts))],
    summary: 'Prints what makes a shell complete commands, options and names.',
    examples: [
      'source <(pgfork completion bash)',
      'pgfork completion zsh > ~/.zfunc/_pgfork',
      'pgfork completion fish > ~/.config/fish/completions/pgfork.fish',
    ],
    async run(_, { args: [shell] }) {
      const script = completionScripts[shell as Shell]
      return { json: { shell, script }, lines: script.split('\n') }
    },
  })
