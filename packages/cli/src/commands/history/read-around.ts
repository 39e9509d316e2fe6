import { usageError } from '../../output/usage-error.ts'

const minuteMs = 60_000

/** `14:03` or `14:03:30` by the clock of this machine, when it was that last; or a whole time. @throws PgforkError `INVALID_OPTION` */
export function readAround(text: string, now: Date): { readonly from: Date; readonly to: Date } {
  const time = readClock(text, now) ?? readWhole(text)
  if (time === undefined)
    throw usageError(`--around takes a time such as 14:03 or 2026-01-05T14:03:00+01:00, not ${text}.`, '--around')
  return { from: new Date(time - minuteMs), to: new Date(time + 2 * minuteMs) }
}

function readClock(text: string, now: Date): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? []
  if (hours === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const today = new Date(now)
  today.setHours(Number(hours), Number(minutes), Number(seconds), 0)
  return today > now ? new Date(today).setDate(today.getDate() - 1) : today.getTime()
}

function readWhole(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
