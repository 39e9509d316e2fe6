import { removeHistory } from '@pgfork/core'
import type { Command } from 'commander'
import { ask } from '../../context/ask.ts'
import { defineCommand } from '../define-command.ts'
import { nothingDone } from '../each-name.ts'
import { readCluster } from '../read-source.ts'

export const addHistoryRemove = (group: Command): Command =>
  defineCommand(group, {
    usage: 'remove [source]',
    summary: "Removes a server's history: its snapshots, and the WAL that was kept.",
    examples: ['pgfork history remove /srv/pg/main --yes'],
    asks: true,
    async run({ config, operation, interruption, isSure, warnings }, { args: [source] }) {
      const cluster = readCluster(config.source, source)
      if (!(await ask('Remove the history, after which no past moment can be forked?', isSure, interruption.signal)))
        return nothingDone
      await removeHistory({ ...operation, source: cluster })
      return { json: { isRemoved: true, warnings }, lines: ['Removed the history.'] }
    },
  })
