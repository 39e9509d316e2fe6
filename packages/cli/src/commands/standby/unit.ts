import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import process from 'node:process'
import { openStandby } from '@pgfork/core'
import { type Command, Option } from 'commander'
import { usageError } from '../../output/usage-error.ts'
import { readCalendar } from '../../schedule/calendar.ts'
import { commonWords, warnOfOthers } from '../../schedule/common-words.ts'
import { describeStandbyUnits } from '../../schedule/describe-standby-units.ts'
import { defineCommand } from '../define-command.ts'

interface UnitFlags {
  readonly unit?: string
  readonly reseedEvery?: string
  readonly stateDirectory?: string
}

export const addStandbyUnit = (group: Command): Command =>
  defineCommand<UnitFlags>(group, {
    usage: 'unit <name>',
    summary: 'Prints a unit of systemd that starts it at boot. Installs nothing.',
    examples: ['pgfork standby unit production', 'pgfork standby unit production --reseed-every 15min'],
    options: [
      new Option('--unit <name>', 'name of the unit; else pgfork-standby-NAME'),
      new Option(
        '--reseed-every <interval>',
        'also a timer that looks so often whether it has fallen behind, and seeds it anew then',
      ),
    ],
    async run(context, { args: [name = ''], options }) {
      const { unit = `pgfork-standby-${name}`, reseedEvery } = options
      if (!/^[\w@:.-]+$/.test(unit))
        throw usageError(`--unit takes the name of a unit of systemd, not ${unit}.`, '--unit')
      const { directory } = await openStandby(name, context.operation)
      const program = [process.execPath, resolve(process.argv[1] ?? 'pgfork')]
      const user = userInfo().username
      warnOfOthers(context, program, user)
      const units = describeStandbyUnits(unit, {
        ...{ name, directory, user },
        words: (verb, ...more) => [...program, 'standby', verb, name, ...more, ...commonWords(context, options)],
        calendar: reseedEvery === undefined ? undefined : readCalendar(reseedEvery, '--reseed-every'),
      })
      const enabled = Object.keys(units).filter((file) => file === `${unit}.service` || file.endsWith('.timer'))
      return {
        json: { units, warnings: context.warnings },
        lines: [
          ...Object.entries(units).flatMap(([file, text]) => [
            `# /etc/systemd/system/${file}`,
            ...text.split('\n'),
            '',
          ]),
          `# Then: systemctl daemon-reload && systemctl enable --now ${enabled.join(' ')}`,
        ],
      }
    },
  })
