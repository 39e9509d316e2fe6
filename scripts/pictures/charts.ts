import { drawSvg, escapeXml } from './svg.ts'
import { isTime, readHead, readSeconds, readTable } from './tables.ts'

interface Bar {
  readonly label: string
  readonly seconds: number
  /** As it stands in the table. */
  readonly told: string
  readonly isOurs: boolean
}

interface Group {
  readonly heading: string
  /** What the longest bar would stand for. Default: its own longest. */
  readonly scale?: number
  readonly bars: readonly Bar[]
}

const style = `
text { font: 14px system-ui, "Segoe UI", "Helvetica Neue", sans-serif; fill: #1f2933; }
.heading { font-weight: 600; }
.small { font-size: 12px; fill: #52606d; }
.panel { fill: #f8fafc; stroke: #d9e2ec; }
.ours { fill: #2f6fc4; }
.other { fill: #a9b8c9; }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb; }
  .small { fill: #a8b5c2; }
  .panel { fill: #1b222c; stroke: #36424f; }
  .ours { fill: #6fa3e8; }
  .other { fill: #56647a; }
}
`

/** Bars from left to right, in groups. */
function drawBars(title: string, note: string, groups: readonly Group[]): string {
  const [width, labels, numbers, row] = [640, 220, 90, 28]
  const room = width - labels - numbers - 32
  const body: string[] = []
  let y = 16
  for (const { heading, bars, scale } of groups) {
    const longest = scale ?? Math.max(...bars.map(({ seconds }) => seconds))
    body.push(`<text class="heading" x="16" y="${y + 14}">${escapeXml(heading)}</text>`)
    y += 26
    for (const { label, seconds, told, isOurs } of bars) {
      const length = Math.max(2, (seconds / longest) * room)
      body.push(
        `<text x="16" y="${y + 16}">${escapeXml(label)}</text>`,
        `<rect class="${isOurs ? 'ours' : 'other'}" x="${labels + 16}" y="${y + 2}" width="${length.toFixed(1)}" height="18" rx="3" />`,
        `<text x="${(labels + 24 + length).toFixed(1)}" y="${y + 16}">${escapeXml(told)}</text>`,
      )
      y += row
    }
    y += 10
  }
  body.push(`<text class="small" x="16" y="${y + 8}">${escapeXml(note)}</text>`)
  return drawSvg({ width, height: y + 22, title, style, body })
}

/** `10.94 s` of `10.94 s (10.49 s - 12.11 s)`. */
const median = (cell: string): string => cell.replace(/ \(.*/, '')

/** Of README.md: the ways to fork a busy server, and what its size matters. */
export function drawForks(readme: string): string {
  const barOf = ([label = '', time = '']: string[], isOurs: boolean): Bar => ({
    ...{ label, isOurs, seconds: readSeconds(time), told: median(time) },
  })
  const ways = readTable(readme, 'way').map((cells) => barOf(cells, cells[0] === 'createFork'))
  const sizes = readTable(readme, 'size of the source').map(([size = '', time = '']) =>
    barOf([`createFork, ${size}`, time], true),
  )
  return drawBars('How long a fork takes', machineOf(readme), [
    { heading: 'Until a fork of a server at full load accepts writes', bars: ways },
    { heading: 'What the size of an idle source matters', bars: sizes },
  ])
}

/** Of @pgfork/testing's README: a suite with a server, or a database, for each test. */
export function drawTests(readme: string): string {
  const groups = readTable(readme, '200 tests on 2 workers, Btrfs').map(([size = '', server = '', database = '']) => ({
    heading: `200 tests on 2 workers, ${size === 'small' ? 'a small schema' : size}`,
    bars: [
      { label: 'a server for each', seconds: readSeconds(server), told: median(server), isOurs: true },
      {
        ...{ label: 'CREATE DATABASE for each', isOurs: false },
        ...{ seconds: readSeconds(database), told: database.replace(/, from .*/, '') },
      },
    ],
  }))
  return drawBars('A suite of tests, by ways to isolate them', machineOf(readme), groups)
}

export interface TableChart {
  readonly title: string
  /** What it was measured on. */
  readonly note: string
  /** The table's first heading. */
  readonly table: string
  /** Rows that are not of pgfork. Default: none. */
  readonly others?: readonly string[]
  /** Headings of the columns that are drawn. Default: all that hold times. */
  readonly columns?: readonly string[]
}

/** Of docs/performance.md: the columns of a table that hold times, each a group of bars. A row that adds up the others is none. */
export function drawTable(page: string, { title, note, table, others = [], columns: wanted }: TableChart): string {
  const rows = readTable(page, table).filter(([label]) => label !== 'all')
  const columns = readHead(page, table).flatMap((heading, column) =>
    column > 0 && wanted?.includes(heading) !== false && rows.every((cells) => isTime(cells[column] ?? ''))
      ? [{ heading, column }]
      : [],
  )
  const groups = columns.map(({ heading, column }) => ({
    heading,
    bars: rows.map((cells): Bar => {
      const [label = '', time = ''] = [cells[0]?.replaceAll('`', ''), cells[column]]
      return {
        label,
        seconds: readSeconds(time),
        told: time,
        isOurs: !others.includes(label) && !others.includes(heading),
      }
    }),
  }))
  const scale = Math.max(...groups.flatMap(({ bars }) => bars.map(({ seconds }) => seconds)))
  return drawBars(
    title,
    note,
    groups.map((group) => ({ ...group, scale })),
  )
}

const machineOf = (readme: string): string => /^Measured on ([^,]*, )?.*?memory/m.exec(readme)?.[0] ?? ''
