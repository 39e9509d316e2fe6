import type { TestServer } from '../server/test-server.ts'
import type { AcquireOptions } from './pool-options.ts'
import type { PoolStatistics } from './statistics.ts'

/** A server out of a pool. `destroy` is `release`. */
export interface PooledServer extends TestServer {
  /** Hands it back: it is removed, and replaced, in the background. Nobody gets a used server. */
  release(): void
  /** The same, but returns when the server is gone, and throws when it can't be removed. */
  discard(): Promise<void>
}

/** Servers that are ready before they are asked for. They end with this process, however that ends. */
export interface ServerPool extends AsyncDisposable {
  /**
   * Hands out a server that nobody has used.
   *
   * @throws PgforkError `POOL_EXHAUSTED` when none became free in time, `POOL_CLOSED`, `ABORTED`, or why none can be made
   */
  acquire(options?: AcquireOptions): Promise<PooledServer>
  /** Runs an action with a server and hands it back afterwards. */
  use<T>(action: (server: PooledServer) => Promise<T> | T): Promise<T>
  statistics(): PoolStatistics
  /** Returns when `size` servers are ready. @throws as `acquire` */
  warm(): Promise<void>
  /** Removes all servers, also those handed out, but for those that were kept. Returns when they are gone. */
  close(): Promise<void>
}
