import { listStandbys } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge } from '../../output/describe-state.ts'
import { describeTable } from '../../output/table.ts'
import { defineCommand } from '../define-command.ts'

export const addStandbyList = (group: Command): Command =>
  defineCommand(group, {
    usage: 'list',
    summary: 'Lists standbys, oldest first, without asking their primaries.',
    examples: ['pgfork standby list', "pgfork standby list --json | jq -r '.standbys[].name'"],
    async run({ operation, warnings }) {
      const standbys = await listStandbys(operation)
      const stateOf = ({ status, isRunning }: (typeof standbys)[number]): string =>
        status !== 'ready' ? status : isRunning === undefined ? 'elsewhere' : isRunning ? 'running' : 'stopped'
      const rows = standbys.map((standby) => [
        ...[standby.name, describeAge(standby.createdAt), stateOf(standby), String(standby.port ?? '-')],
        ...[`${standby.primary.host}:${standby.primary.port}`, standby.directory],
      ])
      return {
        json: { standbys, warnings },
        lines:
          rows.length === 0
            ? ['There is no standby.']
            : describeTable(['NAME', 'AGE', 'STATE', 'PORT', 'PRIMARY', 'DIRECTORY'], rows),
      }
    },
  }).alias('ls')
