import { openStandby } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { describeDuration } from '../../output/describe-duration.ts'
import { describeStandby } from '../../output/standby-report.ts'
import { defineCommand } from '../define-command.ts'

interface ReseedFlags {
  readonly ifBehind?: boolean
}

export const addStandbyReseed = (group: Command): Command =>
  defineCommand<ReseedFlags>(group, {
    usage: 'reseed <name>',
    changes: true,
    summary: 'Seeds it anew beside what is there, which goes on until the new seed streams. Forks stay.',
    examples: ['pgfork standby reseed production', 'pgfork standby reseed production --if-behind --quiet'],
    options: [new Option('--if-behind', 'only when its primary no longer has the WAL that comes next: for a timer')],
    async run({ making, warnings }, { args: [name = ''], options: { ifBehind = false } }) {
      const startedAt = performance.now()
      const standby = await openStandby(name, making)
      const before = standby.dataDirectory
      await standby.reseed({ ifBehind })
      const milliseconds = Math.round(performance.now() - startedAt)
      const isSeeded = standby.dataDirectory !== before
      return {
        json: { ...describeStandby(standby), isSeeded, milliseconds, warnings },
        lines: [isSeeded ? `Seeded ${name} anew in ${describeDuration(milliseconds)}.` : `${name} needs no new seed.`],
      }
    },
  })
