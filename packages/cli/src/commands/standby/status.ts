import { openStandby } from '@pgfork/core'
import type { Command } from 'commander'
import { describeAge } from '../../output/describe-state.ts'
import { exitStatus } from '../../output/exit-status.ts'
import { describeLag } from '../../output/standby-report.ts'
import { describeTable } from '../../output/table.ts'
import { defineCommand } from '../define-command.ts'

export const addStandbyStatus = (group: Command): Command =>
  defineCommand(group, {
    usage: 'status <name>',
    summary: 'Shows whether it streams, how far it is behind, and why. The exit status is 5 where it does not stream.',
    examples: ['pgfork standby status production', 'pgfork standby status production --json | jq .lagBytes'],
    async run({ operation, warnings }, { args: [name = ''] }) {
      const standby = await openStandby(name, operation)
      const status = await standby.status()
      const { state, reason, primary, slot, seededAt, isBeingSeeded, receivedLocation, replayedLocation } = status
      return {
        json: { ...status, dataDirectory: standby.dataDirectory, warnings },
        lines: describeTable(
          [],
          [
            ['state', isBeingSeeded ? `${state}, and is being seeded anew` : state],
            ...(reason === undefined ? [] : [['reason', reason]]),
            ['lag', describeLag(status)],
            ['received', receivedLocation ?? '-'],
            ['replayed', replayedLocation ?? '-'],
            [
              'primary',
              `${primary.user} at ${primary.host}:${primary.port}, ${status.primaryLocation ?? 'not reached'}`,
            ],
            ['slot', slot ?? 'none'],
            ['seeded', `${describeAge(seededAt)} ago`],
            ['data', standby.dataDirectory],
          ],
        ),
        status: state === 'streaming' ? exitStatus.done : exitStatus.unhealthy,
      }
    },
  })
