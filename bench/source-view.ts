import { percentile, type TransactionSample } from '../test/support/load/index.ts'
import { formatCount, formatMs } from './report.ts'
import { medianOf } from './statistics.ts'

/** When a fork was begun and ready, in milliseconds since the epoch. */
export interface ForkMoments {
  readonly begunMs: number
  readonly readyMs: number
  /** When something else began to disturb the source, if it did. Default: `begunMs`. */
  readonly calmUntilMs?: number
}

interface PhaseFigures {
  readonly tps: number
  readonly p99Ms: number
}

export interface SourceView {
  readonly before: PhaseFigures
  readonly during: PhaseFigures
  readonly after: PhaseFigures
}

export const phaseMs = 3000

/** What the clients of the source saw in the seconds before a fork, while it was made, and after it. */
export function viewSource(
  samples: readonly TransactionSample[],
  { begunMs, readyMs, calmUntilMs = begunMs }: ForkMoments,
): SourceView {
  return {
    before: figuresOf(samples, calmUntilMs - phaseMs, calmUntilMs),
    during: figuresOf(samples, begunMs, readyMs),
    after: figuresOf(samples, readyMs, readyMs + phaseMs),
  }
}

function figuresOf(samples: readonly TransactionSample[], fromMs: number, toMs: number): PhaseFigures {
  const latencies = samples.filter(({ endMs }) => endMs >= fromMs && endMs < toMs).map(({ latencyMs }) => latencyMs)
  return { tps: (latencies.length * 1000) / (toMs - fromMs), p99Ms: percentile(latencies, 99) ?? Number.NaN }
}

/** Two cells: tps and p99, each before / during / after, as medians of several forks. */
export function formatViews(views: readonly SourceView[]): [tps: string, p99: string] {
  const over = (pick: (view: SourceView) => number): number => medianOf(views.map(pick))
  const tps = [over(({ before }) => before.tps), over(({ during }) => during.tps), over(({ after }) => after.tps)]
  const p99 = [over(({ before }) => before.p99Ms), over(({ during }) => during.p99Ms), over(({ after }) => after.p99Ms)]
  return [tps.map(formatCount).join(' / '), p99.map(formatMs).join(' / ')]
}
