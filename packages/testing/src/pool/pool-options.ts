export interface PoolOptions {
  /** How many servers are kept ready. Default 2. */
  readonly size?: number
  /** The most servers at a time: ready, in use and being removed. Default 32. A caller that wants one more waits. */
  readonly maximum?: number
  /** How many are made at the same time. Default: the number of processors. */
  readonly concurrency?: number
  /** How long `acquire` waits by default, in milliseconds. Default 60,000. */
  readonly acquireTimeoutMs?: number
}

export interface AcquireOptions {
  /** Ends the wait for a server. */
  readonly signal?: AbortSignal
  /** How long to wait for a server. Default: the pool's `acquireTimeoutMs`. */
  readonly timeoutMs?: number
}
