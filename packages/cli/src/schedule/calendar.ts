import { usageError } from '../output/usage-error.ts'

/** How often, in the words of systemd.time(7) and crontab(5). */
export interface Calendar {
  readonly systemd: string
  readonly cron: string
}

/**
 * `15min`, `2h`, `1d`, `1w`. Both calendars know times of the clock and no intervals: only what divides the next larger unit comes
 * at even intervals.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function readCalendar(text: string, option = '--every'): Calendar {
  const [, number = '', unit = ''] = /^(\d{1,2})(min|h|d|w)$/.exec(text) ?? []
  const every = Number(number)
  if (unit === 'min' && every > 0 && every < 60 && 60 % every === 0)
    return { systemd: `*-*-* *:0/${every}:00`, cron: `*/${every} * * * *` }
  if (unit === 'h' && every > 0 && every < 24 && 24 % every === 0)
    return { systemd: `*-*-* 0/${every}:00:00`, cron: `0 */${every} * * *` }
  if (unit === 'd' && every === 1) return { systemd: '*-*-* 00:00:00', cron: '0 0 * * *' }
  if (unit === 'w' && every === 1) return { systemd: 'Sun *-*-* 00:00:00', cron: '0 0 * * 0' }
  throw usageError(
    `${option} takes minutes that divide an hour (15min), hours that divide a day (1h, 6h), 1d or 1w, not ${text}.`,
    option,
  )
}
