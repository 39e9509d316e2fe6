import { realpathSync } from 'node:fs'
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import process from 'node:process'
import { readKeepRules } from '@pgfork/core/companion'
import { type Command, Option } from 'commander'
import type { Context } from '../../context/context.ts'
import { usageError } from '../../output/usage-error.ts'
import { readCalendar } from '../../schedule/calendar.ts'
import { commonWords, warnOfOthers } from '../../schedule/common-words.ts'
import { describeCronLine, describeUnits } from '../../schedule/describe-schedule.ts'
import { defineCommand } from '../define-command.ts'
import { driverOption } from '../fork-options.ts'
import { readCluster } from '../read-source.ts'
import { refusePassword } from '../refuse-password.ts'

interface ScheduleFlags {
  readonly every: string
  readonly keep: string
  readonly prefix: string
  readonly unit: string
  readonly history?: boolean
  readonly driver?: string
  readonly stateDirectory?: string
}

export const addConfigSchedule = (group: Command): Command =>
  defineCommand<ScheduleFlags>(group, {
    usage: 'schedule [source]',
    summary:
      'Prints a timer of systemd and a cron line that take snapshots by schedule and remove old ones. Installs nothing.',
    examples: [
      'pgfork config schedule /srv/pg/main',
      'pgfork config schedule /srv/pg/main --every 15min --keep 8x15min,24x1h,7x1d',
    ],
    options: [
      new Option('--every <interval>', 'such as 15min, 1h, 1d or 1w').default('1h'),
      new Option('--keep <rules>', 'as of snapshot prune').default('24x1h,7x1d'),
      new Option('--prefix <text>', 'of the names of the snapshots; prune removes no others').default('scheduled'),
      new Option('--history', 'records the history instead: snapshots, and all moments between them (history record)'),
      new Option('--unit <name>', 'name of the timer and of its service').default('pgfork-snapshots'),
      driverOption(),
    ],
    async run(context, { args: [source], options }) {
      const { every, keep, prefix, unit } = options
      readKeepRules(keep, '--keep')
      if (!/^[\w@:.-]+$/.test(unit))
        throw usageError(`--unit takes the name of a unit of systemd, not ${unit}.`, '--unit')
      const common = commonWords(context, options)
      const place = sourceWords(context, source)
      const driver = options.driver ?? process.env.PGFORK_DRIVER
      const program = [process.execPath, resolve(process.argv[1] ?? 'pgfork')]
      const user = userInfo().username
      warnOfOthers(context, program, user)
      const making = [...place.words, '--quiet', ...(driver ? ['--driver', driver] : []), ...common]
      const commands = (
        options.history
          ? [['history', 'record', '--keep', keep, ...making]]
          : [
              ['snapshot', 'create', '--prefix', prefix, ...making],
              ['snapshot', 'prune', '--keep', keep, '--prefix', `${prefix}-`, ...place.pruned, '--yes', ...common],
            ]
      ).map((words) => [...program, ...words])
      const schedule = { commands, calendar: readCalendar(every), user }
      const units = describeUnits(unit, schedule)
      const cron = describeCronLine(schedule)
      return {
        json: { commands, units, cron, warnings: context.warnings },
        lines: [
          ...Object.entries(units).flatMap(([name, text]) => [
            `# /etc/systemd/system/${name}`,
            ...text.split('\n'),
            '',
          ]),
          `# Then: systemctl daemon-reload && systemctl enable --now ${unit}.timer`,
          '',
          `# Or in the crontab of ${schedule.user} (crontab -e):`,
          cron,
        ],
      }
    },
  })

/** One that the configuration names is found there again. Of several servers' snapshots, only those of a data directory are told apart. */
function sourceWords({ config }: Context, given: string | undefined) {
  const source = readCluster(config.source, given)
  const isConfigured = given === undefined && !process.env.PGFORK_SOURCE
  if (typeof source !== 'string') return { words: [], pruned: [] }
  refusePassword(source)
  const isUrl = /^postgres(ql)?:\/\//i.test(source)
  const word = isUrl ? source : realPath(source)
  return { words: isConfigured ? [] : [word], pruned: isUrl ? [] : ['--source', word] }
}

/** As snapshots have it. It may be one that only others can see. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}
