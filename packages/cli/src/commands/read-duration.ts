import { millisecondsOf } from '@pgfork/core/companion'
import { usageError } from '../output/usage-error.ts'

/** `30s`, `10min`, `8h`, `7d`, `2w` in milliseconds. @throws PgforkError `INVALID_OPTION` */
export function readDuration(text: string, option: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(s|min|m|h|d|w)$/.exec(text) ?? []
  const milliseconds = Number(number) * (millisecondsOf[unit] ?? Number.NaN)
  if (milliseconds > 0) return milliseconds
  throw usageError(`${option} takes a duration such as 30s, 10min, 8h, 7d or 2w, not ${text}.`, option)
}
