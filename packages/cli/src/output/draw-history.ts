import type { HistoryDescription } from '@pgfork/core'

const width = 60

/**
 * The moments from the earliest to the latest as a line: `=` can be forked, `.` can't. Above it stands a `v` where there is a snapshot, from
 * which the moments behind it are reached the sooner.
 */
export function drawHistory({ earliest, latest, gaps, snapshots }: DrawnHistory): string[] {
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
  return [above.join('').trimEnd(), line.join(''), '']
}

type DrawnHistory = Pick<HistoryDescription, 'earliest' | 'latest' | 'gaps'> & {
  readonly snapshots: readonly Pick<HistoryDescription['snapshots'][number], 'createdAt'>[]
}
