import { listForks } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge, describeState } from '../output/describe-state.ts'
import { describeFork } from '../output/fork-report.ts'
import { describeTable } from '../output/table.ts'
import { defineCommand } from './define-command.ts'

export const addList = (program: Command): Command =>
  defineCommand(program, {
    usage: 'list',
    summary: 'Lists all forks, oldest first.',
    examples: ['pgfork list', "pgfork list --json | jq -r '.forks[].name'"],
    async run(context) {
      const forks = await listForks(context.operation)
      const rows = forks.map((fork) => [
        fork.name,
        describeState(fork),
        String(fork.port ?? '-'),
        describeAge(fork.createdAt),
        fork.drivers.join(', '),
        fork.source ?? '-',
      ])
      return {
        json: { forks: forks.map(describeFork), warnings: context.warnings },
        lines:
          rows.length === 0
            ? ['There is no fork.']
            : describeTable(['NAME', 'STATE', 'PORT', 'AGE', 'DRIVER', 'SOURCE'], rows),
      }
    },
  }).alias('ls')
