import { drawSvg, escapeXml } from './svg.ts'

const [charWidth, lineHeight, padding, bar] = [8.4, 20, 18, 34]

const style = `
.panel { fill: #14181f; stroke: #3a4454; }
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #c9d1d9; white-space: pre; }
.command { fill: #ffffff; font-weight: 600; }
.prompt { fill: #5fb3f6; }
.dots { fill: #3a4454; }
`

/** A session as text: what was typed after a `$ `, and what it printed. */
export function drawTerminal(session: string, title: string): string {
  const lines = session.trimEnd().split('\n')
  const columns = Math.max(...lines.map((line) => [...line].length))
  const body = [18, 36, 54].map((x) => `<circle class="dots" cx="${x}" cy="18" r="5.5" />`)
  for (const [index, line] of lines.entries()) {
    if (line === '') continue
    const y = bar + padding + index * lineHeight
    const text = line.startsWith('$ ')
      ? `<tspan class="prompt">$ </tspan><tspan class="command">${escapeXml(line.slice(2))}</tspan>`
      : escapeXml(line)
    // Whatever font there is, columns stay in line.
    const length = ([...line].length * charWidth).toFixed(1)
    body.push(`<text x="${padding}" y="${y}" textLength="${length}" xml:space="preserve">${text}</text>`)
  }
  return drawSvg({
    width: Math.ceil(2 * padding + columns * charWidth),
    height: bar + padding + lines.length * lineHeight,
    ...{ title, style, body },
  })
}
