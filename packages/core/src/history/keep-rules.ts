import { invalidOption } from '../errors/invalid-option.ts'
import { millisecondsOf } from '../options/duration-units.ts'

/** So many snapshots, one for each period. */
export interface KeepRule {
  readonly count: number
  readonly periodMs: number
}

const expected = 'rules such as 60x1min,24x1h,7x1d'

/** `60x1min,24x1h,7x1d` @throws PgforkError `INVALID_OPTION` */
export function readKeepRules(text: unknown, option = 'keep'): KeepRule[] {
  if (typeof text !== 'string') throw invalidOption(option, expected, text)
  return text.split(',').map((rule) => {
    const [, count = '', number = '', unit = ''] = /^(\d{1,6})x(\d{1,6})(s|min|h|d|w)$/.exec(rule.trim()) ?? []
    const periodMs = Number(number) * (millisecondsOf[unit] ?? Number.NaN)
    if (Number(count) > 0 && periodMs > 0) return { count: Number(count), periodMs }
    throw invalidOption(option, expected, text)
  })
}

/**
 * When things were made that came one after another, by a clock that may have been set back in between: none is younger than what came after it.
 * Else one of a clock that was a year fast would be the newest for a year, and rules keep the newest.
 */
export function timesInOrder(times: readonly Date[]): Date[] {
  const ordered = [...times]
  for (let at = ordered.length - 2; at >= 0; at--) {
    const [time, next] = [ordered[at] as Date, ordered[at + 1] as Date]
    if (time > next) ordered[at] = next
  }
  return ordered
}

/**
 * Which ones go. For each rule the newest of each period that has any, beginning with the youngest period, until so many are
 * kept; the newest of all is kept always. Periods are cut at fixed times (UTC), so that what is kept today is kept by tomorrow's
 * run, too.
 */
export function chooseExpired<Timed extends { readonly createdAt: Date }>(
  snapshots: readonly Timed[],
  rules: readonly KeepRule[],
): Timed[] {
  // Of two of one time, the later one in the list is the newer.
  const newestFirst = [...snapshots].reverse().sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime())
  const kept = new Set<Timed>(newestFirst.slice(0, 1))
  for (const { count, periodMs } of rules) {
    const newestOfPeriod = new Map<number, Timed>()
    for (const snapshot of newestFirst) {
      const period = Math.floor(snapshot.createdAt.getTime() / periodMs)
      if (!newestOfPeriod.has(period)) newestOfPeriod.set(period, snapshot)
    }
    for (const snapshot of [...newestOfPeriod.values()].slice(0, count)) kept.add(snapshot)
  }
  return newestFirst.filter((snapshot) => !kept.has(snapshot)).reverse()
}

/** Whether there are as many periods as a rule keeps. */
export const isFull = ({ count, periodMs }: KeepRule, snapshots: readonly { readonly createdAt: Date }[]): boolean =>
  new Set(snapshots.map(({ createdAt }) => Math.floor(createdAt.getTime() / periodMs))).size >= count
