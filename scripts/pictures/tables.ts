/** The rows of the table whose first heading this is, as text without markup. */
export function readTable(markdown: string, firstHeading: string): string[][] {
  const lines = markdown.split('\n')
  const head = lines.findIndex((line) => cells(line)[0] === firstHeading)
  if (head < 0) throw new Error(`There is no table "${firstHeading}".`)
  const end = lines.findIndex((line, index) => index > head && !line.startsWith('|'))
  return lines.slice(head + 2, end < 0 ? undefined : end).map(cells)
}

const cells = (line: string): string[] =>
  line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    : []

/** `10.94 s (10.49 s - 12.11 s)`, `691 ms`: in seconds, the first of them. */
export function readSeconds(cell: string): number {
  const [, number = '', unit] = /^([\d.,]+) (ms|s)\b/.exec(cell) ?? []
  if (number === '') throw new Error(`${cell} is no time.`)
  return Number(number.replaceAll(',', '')) / (unit === 'ms' ? 1000 : 1)
}
