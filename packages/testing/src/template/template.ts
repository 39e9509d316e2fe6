import type { PoolOptions } from '../pool/pool-options.ts'
import type { ServerPool } from '../pool/server-pool.ts'
import type { TestServer } from '../server/test-server.ts'
import type { Settings } from './template-options.ts'

export interface ForkServerOptions {
  /** Settings of this server. They override the template's. */
  readonly settings?: Settings
  /** Aborts; what has been done is undone. */
  readonly signal?: AbortSignal
}

/** A cluster that servers are forked from. It stays on disk for other processes and runs until it hasn't been used for long. */
export interface Template {
  readonly name: string
  readonly database: string
  /** A new server with the template's content. It has nothing to recover and flushes nothing. */
  fork(options?: ForkServerOptions): Promise<TestServer>
  /** Servers that are made before they are needed. */
  pool(options?: PoolOptions): ServerPool
}
