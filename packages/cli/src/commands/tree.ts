import { listForks, listSnapshots } from '@pgfork/core'
import type { Command } from 'commander'
import { describeState } from '../output/describe-state.ts'
import { buildTree, drawTree } from '../output/tree.ts'
import { defineCommand } from './define-command.ts'

export const addTree = (program: Command): Command =>
  defineCommand(program, {
    usage: 'tree',
    summary: 'Shows which snapshots and forks there are of which server, and forks of forks.',
    examples: ['pgfork tree', "pgfork tree --json | jq '.sources[].source'"],
    async run({ operation, warnings }) {
      const [forks, snapshots] = await Promise.all([listForks(operation), listSnapshots(operation)])
      const sources = buildTree([
        ...snapshots.map(({ name, dataDirectory }) => ({
          kind: 'snapshot' as const,
          ...{ name, source: dataDirectory, dataDirectory: undefined, state: 'snapshot' },
        })),
        ...forks.map((fork) => ({
          kind: 'fork' as const,
          ...{ name: fork.name, source: fork.source, dataDirectory: fork.dataDirectory, state: describeState(fork) },
        })),
      ])
      return { json: { sources, warnings }, lines: sources.length === 0 ? ['There is no fork.'] : drawTree(sources) }
    },
  })
