import type { Spread } from './statistics.ts'

/** Lines of a Markdown table, padded so that it can be read as it is. The first column is text, all others are numbers. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? '').length), cell.length),
  )
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

export function formatMs(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`
  return milliseconds >= 10 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`
}

export const formatSpread = ({ median, min, max }: Spread): string =>
  `${formatMs(median)} (${formatMs(min)} - ${formatMs(max)})`

export const formatSteps = (steps: readonly { readonly name: string; readonly milliseconds: number }[]): string =>
  steps.map(({ name, milliseconds }) => `${name} ${formatMs(milliseconds)}`).join(', ')

export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US')

export const formatRatio = (ratio: number): string => ratio.toFixed(2)

/** A goal and whether this run met it. */
export interface Goal {
  readonly what: string
  readonly limit: number
  readonly found: number
  format(value: number): string
}

export const formatGoal = ({ what, limit, found, format }: Goal): string =>
  `${found <= limit ? 'met   ' : 'MISSED'}  ${what}: ${format(found)}, goal at most ${format(limit)}`
