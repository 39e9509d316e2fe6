import { usageError } from '../../output/usage-error.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** `14:03` or `14:03:30` by the clock of this machine, when it was that last; or a whole time. @throws PgforkError `INVALID_OPTION` */
export function readAround(text: string, now: Date): { readonly from: Date; readonly to: Date } {
  const time = readClock(text, now) ?? readWhole(text)
  if (time === undefined)
    throw usageError(`--around takes a time such as 14:03 or 2026-01-05T14:03:00+01:00, not ${text}.`, '--around')
  return { from: new Date(time - minuteMs), to: new Date(time + 2 * minuteMs) }
}

function readClock(text: string, now: Date): number | undefined {
  const [, hours = '', minutes = '', seconds = '00'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? []
  if (hours === '' || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  const clock = `${hours.padStart(2, '0')}:${minutes}:${seconds}`
  // On a day on which clocks are changed, some times come twice and some never.
  const times = [0, -1, -2].flatMap((day) => {
    const inUtc = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() + day, +hours, +minutes, +seconds)
    return [-dayMs, dayMs].map((side) => inUtc + new Date(inUtc + side).getTimezoneOffset() * minuteMs)
  })
  const isThen = (time: number): boolean => new Date(time).toTimeString().startsWith(clock)
  return Math.max(...times.filter((time) => time <= now.getTime() && isThen(time)))
}

function readWhole(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
