import { printable } from '@pgfork/core/companion'
import Table from 'cli-table3'

const nothing = ''
const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((place) => [place, nothing]),
)

/** Columns without lines, for people as for `awk`. */
export function describeTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const table = new Table({
    head: [...head],
    chars: { ...noBorders, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  // As they are shown, so that they are as wide as the table takes them to be.
  table.push(...rows.map((row) => row.map((cell) => printable(cell).replaceAll('\n', '\\n'))))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}
