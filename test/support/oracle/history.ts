/** One transaction of a writer. Each writer counts its own from 1, and begins one only when the one before has ended. */
export interface CommitName {
  readonly writer: number
  readonly sequence: number
}

/** Everything acknowledged up to an instant. */
export interface Acknowledged {
  readonly history: History
  readonly untilTick: number
}

/** Everything begun up to an instant. */
export interface Issued {
  readonly history: History
  readonly untilTick: number
}

/**
 * What writers have begun and what the server has acknowledged, in one order of ticks: if one transaction's
 * acknowledgement has a lower tick than another's beginning, its commit lies before the other's in the WAL.
 */
export class History {
  #tick = 0
  /** By writer, then by sequence number less one. */
  readonly #issuedTicks: number[][] = []
  readonly #acknowledgedTicks: (number | undefined)[][] = []

  get writers(): number {
    return this.#issuedTicks.length
  }

  get tick(): number {
    return this.#tick
  }

  /** @returns the new transaction's sequence number. */
  issue(writer: number): number {
    while (this.#issuedTicks.length <= writer) {
      this.#issuedTicks.push([])
      this.#acknowledgedTicks.push([])
    }
    return this.#issuedTicks[writer]?.push(++this.#tick) ?? 0
  }

  acknowledge({ writer, sequence }: CommitName): void {
    const ticks = this.#acknowledgedTicks[writer]
    if (ticks !== undefined) ticks[sequence - 1] = ++this.#tick
  }

  /** Takes over what a log tells. Transactions that it doesn't know count as begun, never acknowledged. */
  restore({ writer, sequence }: CommitName, issuedTick: number, acknowledgedTick: number): void {
    while (this.#issuedTicks.length <= writer) this.issue(this.#issuedTicks.length)
    const [issued, acknowledged] = [this.#issuedTicks[writer], this.#acknowledgedTicks[writer]]
    if (issued === undefined || acknowledged === undefined) return
    while (issued.length < sequence) issued.push(issuedTick)
    issued[sequence - 1] = issuedTick
    acknowledged[sequence - 1] = acknowledgedTick
    this.#tick = Math.max(this.#tick, acknowledgedTick)
  }

  issuedTick({ writer, sequence }: CommitName): number | undefined {
    return this.#issuedTicks[writer]?.[sequence - 1]
  }

  /** Undefined for what was never acknowledged: it may have been committed or not. */
  acknowledgedTick({ writer, sequence }: CommitName): number | undefined {
    return this.#acknowledgedTicks[writer]?.[sequence - 1]
  }

  /** The highest sequence number that the writer had begun at a tick; 0 when it had begun none. */
  lastIssued(writer: number, untilTick: number): number {
    const ticks = this.#issuedTicks[writer] ?? []
    return ticks.findLastIndex((tick) => tick <= untilTick) + 1
  }
}
