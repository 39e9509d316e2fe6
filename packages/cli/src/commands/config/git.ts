import process from 'node:process'
import { createRunner } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { findHook, hookText, installHook, removeHook } from '../../branch/hook.ts'
import { findRepository } from '../../branch/repository.ts'
import { defineCommand } from '../define-command.ts'

export const addConfigGit = (group: Command): Command =>
  defineCommand<{ readonly remove?: boolean }>(group, {
    usage: 'git',
    summary:
      'Installs a git hook (post-checkout) that gives each branch and worktree a fork of its own. A hook that is there stays as it is.',
    examples: ['pgfork config git', 'pgfork config git --remove'],
    options: [new Option('--remove', 'removes the hook again')],
    async run(_, { options: { remove = false } }) {
      const runner = createRunner()
      const hook = await findHook(await findRepository(process.cwd(), runner), runner)
      if (remove) {
        const wasThere = removeHook(hook)
        return { json: { hook, isInstalled: false }, lines: [wasThere ? `Removed ${hook}.` : 'There is no hook.'] }
      }
      installHook(hook)
      return {
        json: { hook, isInstalled: true },
        lines: [
          `${hook} is:`,
          ...hookText
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
          'It runs the pgfork.config.ts of what is checked out: remove it before you check out what you do not trust.',
        ],
      }
    },
  })
