import { listSnapshots } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge } from '../../output/describe-state.ts'
import { describeSnapshot } from '../../output/snapshot-report.ts'
import { describeTable } from '../../output/table.ts'
import { defineCommand } from '../define-command.ts'

export const addSnapshotList = (group: Command): Command =>
  defineCommand(group, {
    usage: 'list',
    summary: 'Lists snapshots, oldest first.',
    examples: ['pgfork snapshot list', "pgfork snapshot list --json | jq -r '.snapshots[].name'"],
    async run({ operation, warnings }) {
      const snapshots = await listSnapshots(operation)
      const rows = snapshots.map(({ name, createdAt, major, drivers, dataDirectory, isProtected }) => [
        name,
        isProtected ? 'protected' : '-',
        describeAge(createdAt),
        String(major ?? '-'),
        drivers.join(', '),
        dataDirectory ?? '-',
      ])
      return {
        json: { snapshots: snapshots.map(describeSnapshot), warnings },
        lines:
          rows.length === 0
            ? ['There is no snapshot.']
            : describeTable(['NAME', 'STATE', 'AGE', 'VERSION', 'DRIVER', 'SOURCE'], rows),
      }
    },
  }).alias('ls')
