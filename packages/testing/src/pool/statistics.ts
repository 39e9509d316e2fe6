/** Milliseconds. */
export interface Quantiles {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly max: number
}

/** How a pool is doing: its servers, and how long they took. */
export interface PoolStatistics {
  /** Now. */
  readonly ready: number
  readonly handedOut: number
  readonly making: number
  readonly removing: number
  readonly waiting: number
  /** In total. */
  readonly made: number
  readonly failed: number
  /** Found stopped before they were handed out. */
  readonly died: number
  readonly kept: number
  /** How long `acquire` took. */
  readonly acquire: Quantiles
  /** How long making a server took. */
  readonly make: Quantiles
}

const mostSamples = 1_000

/** The last thousand durations. */
export class Durations {
  readonly #samples: number[] = []
  #count = 0

  add(milliseconds: number): void {
    this.#samples[this.#count % mostSamples] = milliseconds
    this.#count++
  }

  quantiles(): Quantiles {
    const sorted = [...this.#samples].sort((one, other) => one - other)
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { count: this.#count, p50: at(0.5), p95: at(0.95), max: at(1) }
  }
}
