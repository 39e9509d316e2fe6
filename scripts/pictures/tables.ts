/** The rows of the table whose first heading this is, as text without markup. */
export const readTable = (markdown: string, firstHeading: string): string[][] =>
  linesOf(markdown, firstHeading).slice(2).map(cells)

/** The headings of that table. */
export const readHead = (markdown: string, firstHeading: string): string[] =>
  cells(linesOf(markdown, firstHeading)[0] ?? '')

function linesOf(markdown: string, firstHeading: string): string[] {
  const lines = markdown.split('\n')
  const head = lines.findIndex((line) => cells(line)[0] === firstHeading)
  if (head < 0) throw new Error(`There is no table "${firstHeading}".`)
  const end = lines.findIndex((line, index) => index > head && !line.startsWith('|'))
  return lines.slice(head, end < 0 ? undefined : end)
}

const cells = (line: string): string[] =>
  line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    : []

export const isTime = (cell: string): boolean => time.test(cell)

const time = /^([\d.,]+) (ms|s)\b/

/** `10.94 s (10.49 s - 12.11 s)`, `691 ms`: in seconds, the first of them. */
export function readSeconds(cell: string): number {
  const [, number = '', unit] = time.exec(cell) ?? []
  if (number === '') throw new Error(`${cell} is no time.`)
  return Number(number.replaceAll(',', '')) / (unit === 'ms' ? 1000 : 1)
}
