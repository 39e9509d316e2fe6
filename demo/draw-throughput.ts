import { percentile, type TransactionSample, throughputWindows } from '../test/support/load/index.ts'
import { formatCount, formatDuration } from './format.ts'
import { paint, type Style } from './style.ts'

/** Moments in milliseconds since the epoch. */
export interface Moments {
  readonly begun: number
  readonly forkBegun: number
  readonly forkReady: number
  readonly ended: number
}

const rows = 5
const eighths = ['', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const axisWidth = 9

interface Phase {
  readonly name: string
  readonly style: Style
  readonly from: number
  readonly to: number
}

/** Lines of a chart of transactions per second, and of a table of the phases before, during and after the fork. */
export function drawThroughput(samples: readonly TransactionSample[], moments: Moments, width: number): string[] {
  const { begun, forkBegun, forkReady, ended } = moments
  const phases: Phase[] = [
    { name: 'before', style: 'green', from: begun, to: forkBegun },
    { name: 'forking', style: 'yellow', from: forkBegun, to: forkReady },
    { name: 'after', style: 'green', from: forkReady, to: ended },
  ]
  return [...drawChart(samples, phases, width - axisWidth - 2), '', ...describePhases(samples, phases)]
}

function drawChart(samples: readonly TransactionSample[], phases: readonly Phase[], columns: number): string[] {
  const [fromMs, toMs] = [phases[0]?.from ?? 0, phases.at(-1)?.to ?? 0]
  const windowMs = Math.ceil((toMs - fromMs) / columns / 25) * 25
  // The last window would be cut short.
  const windows = throughputWindows(samples, { fromMs, toMs, windowMs }).slice(
    0,
    Math.floor((toMs - fromMs) / windowMs),
  )
  const top = roundUp(Math.max(1, ...windows.map(({ tps }) => tps)))
  const phaseOf = (startMs: number) => phases.find(({ to }) => startMs + windowMs / 2 < to) ?? phases.at(-1)
  const lines = Array.from({ length: rows }, (_, index) => {
    const below = rows - 1 - index
    const label = index === 0 ? formatCount(top) : ''
    const cells = windows.map(({ tps, startMs }) => {
      const level = Math.round((tps / top) * rows * 8) - below * 8
      return paint(phaseOf(startMs)?.style ?? 'green', eighths[Math.max(0, Math.min(8, level))] || ' ')
    })
    return `${label.padStart(axisWidth - 2)} ${index === 0 ? '┤' : '│'}${cells.join('')}`
  })
  const names = windows.map(({ startMs }) => phaseOf(startMs)?.name ?? '')
  const ruler = names.map((name, index) => (index > 0 && name !== names[index - 1] ? '┴' : '─'))
  return [
    ...lines,
    `${'0'.padStart(axisWidth - 2)} └${ruler.join('')}`,
    paint('dim', `${' '.repeat(axisWidth)}${placeNames(names)}`),
    paint('dim', `${' '.repeat(axisWidth)}transactions per second on the source; a column is ${windowMs} ms`),
  ]
}

/** Each name where its phase begins, as far as the one before leaves room. */
function placeNames(names: readonly string[]): string {
  let line = ''
  names.forEach((name, index) => {
    if (name !== names[index - 1]) line = `${line}${line === '' ? '' : ' '}`.padEnd(index) + name
  })
  return line
}

function describePhases(samples: readonly TransactionSample[], phases: readonly Phase[]): string[] {
  const rowsOfPhases = phases.map(({ name, style, from, to }) => {
    const latencies = samples.filter(({ endMs }) => endMs >= from && endMs < to).map(({ latencyMs }) => latencyMs)
    const tps = (latencies.length * 1000) / Math.max(1, to - from)
    const cells = [
      formatDuration(to - from),
      formatCount(tps),
      ...[50, 99, 100].map((percent) => formatLatency(percentile(latencies, percent))),
    ]
    return `    ${paint(style, name.padEnd(8))}${cells.map((cell) => cell.padStart(11)).join('')}`
  })
  const head = ['lasted', 'tps', 'p50', 'p99', 'longest'].map((cell) => cell.padStart(11)).join('')
  return [paint('dim', `    ${' '.repeat(8)}${head}`), ...rowsOfPhases]
}

const formatLatency = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '-' : formatDuration(milliseconds)

/** To 1, 2 or 5 and zeros. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power
}
