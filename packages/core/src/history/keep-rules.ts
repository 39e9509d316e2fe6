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
 * When things were made that came one after another, by a clock that may have been set in between: each after the one before. The longest part
 * of them whose times are in order is taken at its word. What doesn't fit in was made while the clock was wrong, and counts as made with what
 * came next: else one of a clock that was a year fast would be the newest for a year, and rules keep the newest (H101). One of a clock that
 * was behind doesn't make those before it as old as itself (H107): at the end, time goes on from the last that fits in.
 */
export function timesInOrder(times: readonly Date[]): Date[] {
  const given = times.map((time) => time.getTime())
  const fitting = longestInOrder(given)
  const last = fitting.at(-1) ?? -1
  const ordered: number[] = []
  for (const at of fitting) while (ordered.length <= at) ordered.push(given[at] as number)
  const lag = (given[last] ?? 0) - (given[last + 1] ?? 0)
  for (const time of given.slice(last + 1)) ordered.push(Math.max(time + lag, ordered.at(-1) as number))
  return ordered.map((time) => new Date(time))
}

/** Indices of most numbers of which none is lower than the one before it; of several such choices, one that ends lowest. */
function longestInOrder(numbers: readonly number[]): number[] {
  /** Of each length, the one that ends lowest: index of its last number. */
  const ends: number[] = []
  const previous: (number | undefined)[] = []
  numbers.forEach((number, at) => {
    const higher = ends.findIndex((end) => (numbers[end] as number) > number)
    const length = higher < 0 ? ends.length : higher
    previous.push(ends[length - 1])
    ends[length] = at
  })
  const found: number[] = []
  for (let at = ends.at(-1); at !== undefined; at = previous[at]) found.push(at)
  return found.reverse()
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
