import type { LoadResult, TransactionSample } from './load.ts'

export interface ThroughputWindow {
  readonly startMs: number
  readonly transactions: number
  readonly tps: number
  /** Of the transactions that ended in the window; undefined when none did. */
  readonly p50Ms: number | undefined
  readonly p99Ms: number | undefined
}

/**
 * Transactions per second and latencies by windows of equal length; the last one may reach beyond `toMs`.
 *
 * They come from the clients' own logs. The server's `pg_stat_database` would blur them: a backend reports its commits
 * at most once a second (`PGSTAT_MIN_INTERVAL`), and who asks is a load of its own.
 */
export function throughputWindows(
  samples: readonly TransactionSample[],
  { fromMs, toMs, windowMs }: { fromMs: number; toMs: number; windowMs: number },
): ThroughputWindow[] {
  const latencies: number[][] = Array.from({ length: Math.max(0, Math.ceil((toMs - fromMs) / windowMs)) }, () => [])
  for (const { endMs, latencyMs } of samples) latencies[Math.floor((endMs - fromMs) / windowMs)]?.push(latencyMs)
  return latencies.map((window, index) => ({
    startMs: fromMs + index * windowMs,
    transactions: window.length,
    tps: (window.length * 1000) / windowMs,
    p50Ms: percentile(window, 50),
    p99Ms: percentile(window, 99),
  }))
}

/** The smallest value that at least `percent` of all don't exceed; undefined when there are none. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)]
}

export function summarise(samples: readonly TransactionSample[], durationMs: number): LoadResult {
  const latencies = samples.map(({ latencyMs }) => latencyMs)
  return {
    transactions: samples.length,
    durationMs,
    tps: (samples.length * 1000) / durationMs,
    p50Ms: percentile(latencies, 50) ?? 0,
    p99Ms: percentile(latencies, 99) ?? 0,
    maxMs: percentile(latencies, 100) ?? 0,
  }
}
