/** A server to put load on: a cluster, or a fork. */
export interface LoadTarget {
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user?: string | undefined
    readonly database?: string | undefined
  }
}

export interface LoadOptions {
  /** Default 4. */
  readonly clients?: number
  /** Makes pgbench's four tables anew, with 100,000 accounts (15 MB) a unit. Default: they are there already. */
  readonly scale?: number
}

/** Clients that run pgbench's TPC-B-like transaction until they are stopped. Disposing of it stops it, too. */
export interface Load extends AsyncDisposable {
  readonly kind: 'pgbench' | 'node'
  /**
   * All transactions that have ended so far, in the order of their ends; complete once `stop()` has returned. While it
   * runs, pgbench holds back up to about 100 transactions a thread, since it buffers its log.
   */
  samples(): Promise<TransactionSample[]>
  /** Lets the running transactions end. @throws Error when a client met an error, the server's end among them. */
  stop(): Promise<LoadResult>
}

/** One committed transaction as its client saw it. */
export interface TransactionSample {
  /** Milliseconds since the epoch. */
  readonly endMs: number
  readonly latencyMs: number
}

export interface LoadResult {
  readonly transactions: number
  readonly durationMs: number
  readonly tps: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}
