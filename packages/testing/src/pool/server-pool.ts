import type { TestServer } from '../server/test-server.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolStatistics } from './statistics.ts'

/** A server of a pool. Its `destroy` is `discard`. */
export interface PooledServer extends TestServer {
  /** Hands it back. It is removed and replaced in the background; a used server is never handed out again. */
  release(): void
  /** Like `release`, but returns when the server is gone and throws if it can't be removed. */
  discard(): Promise<void>
}

/** Servers that are made before they are needed. They end with this process, however it ends. */
export interface ServerPool extends AsyncDisposable {
  /**
   * Hands out a server that was never used before.
   *
   * @throws PgforkError `POOL_EXHAUSTED` when none became free in time, `POOL_CLOSED`, `ABORTED`, or the error that keeps servers from being made
   */
  acquire(options?: AcquireOptions): Promise<PooledServer>
  /** Runs an action with a server and hands it back afterwards. */
  use<T>(action: (server: PooledServer) => Promise<T> | T): Promise<T>
  statistics(): PoolStatistics
  /** Returns when `size` servers are ready. @throws as `acquire` */
  warm(): Promise<void>
  /** Removes all servers, including those in use, except those that were kept. Returns when they are gone. */
  close(): Promise<void>
}
