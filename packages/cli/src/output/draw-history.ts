import type { HistoryDescription } from '@pgfork/core'

const width = 60
const bars = '▁▂▃▄▅▆▇█'
const minuteMs = 60_000

/**
 * The moments from the earliest to the latest as a line: `=` can be forked, `.` can't. Above it stands a `v` where there is a snapshot, from
 * which the moments behind it are reached the sooner; at the top the commits of the busiest minute there, as far as they were counted.
 */
export function drawHistory({ earliest, latest, gaps, snapshots, commits }: DrawnHistory): string[] {
  const from = Date.parse(earliest?.time ?? '')
  const to = Date.parse(latest?.time ?? '')
  if (!(to > from)) return []
  const columnOf = (time: number): number =>
    Math.min(width - 1, Math.max(0, Math.floor(((time - from) / (to - from)) * width)))
  const [above, line] = [Array<string>(width).fill(' '), Array<string>(width).fill('=')]
  for (const { createdAt } of snapshots) above[columnOf(createdAt.getTime())] = 'v'
  for (const gap of gaps) {
    const [begin, end] = [Date.parse(gap.from.time ?? ''), Date.parse(gap.to.time ?? '')]
    if (!(end >= begin)) continue
    // However short it is, it is seen.
    for (let column = columnOf(begin); column <= columnOf(end); column++) line[column] = '.'
  }
  const most = Array<number>(width).fill(0)
  for (const { minute, commits: count } of commits?.minutes ?? []) {
    const begin = minute.getTime()
    for (let column = columnOf(begin); column <= columnOf(begin + minuteMs - 1); column++)
      most[column] = Math.max(most[column] as number, count)
  }
  return [...drawBars(most), above.join('').trimEnd(), line.join(''), '']
}

/** However few, they are seen. */
function drawBars(counts: readonly number[]): string[] {
  const most = Math.max(...counts)
  const bar = (count: number): string =>
    count === 0 ? ' ' : (bars[Math.ceil((count / most) * bars.length) - 1] ?? ' ')
  return most === 0 ? [] : [counts.map(bar).join('').trimEnd()]
}

type DrawnHistory = Pick<HistoryDescription, 'earliest' | 'latest' | 'gaps' | 'commits'> & {
  readonly snapshots: readonly Pick<HistoryDescription['snapshots'][number], 'createdAt'>[]
}
