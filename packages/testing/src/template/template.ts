import type { PoolOptions } from '../pool/pool-options.ts'
import type { ServerPool } from '../pool/server-pool.ts'
import type { TestServer } from '../server/test-server.ts'
import type { Settings } from './template-options.ts'

export interface ForkServerOptions {
  /** Settings of this server, above the template's. */
  readonly settings?: Settings
  /** Aborts the making; what it has done is undone. */
  readonly signal?: AbortSignal
}

/** A cluster that servers are forked from. It stays on the disk for other processes and runs, until it is unused for long. */
export interface Template {
  readonly name: string
  readonly database: string
  /** A server of its own with the template's content. Nothing is recovered, nothing is flushed. */
  fork(options?: ForkServerOptions): Promise<TestServer>
  /** Servers that are ready before they are asked for. */
  pool(options?: PoolOptions): ServerPool
}
