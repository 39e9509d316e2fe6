import type { ForkConnection, StepTiming } from '@pgfork/core'
import type { Client } from 'pg'

/** A PostgreSQL server for one test. It ends with the process that made it, however that ends. */
export interface TestServer extends AsyncDisposable {
  readonly name: string
  /** For `new pg.Client(..)` or `new pg.Pool(..)`: over a private Unix socket, as a superuser, without a password. */
  readonly connection: ForkConnection
  /** The same as a URI. */
  readonly connectionString: string
  readonly port: number
  /** Of the postmaster. */
  readonly pid: number | undefined
  readonly dataDirectory: string
  readonly logFile: string
  /** How long each step took when it was made. */
  readonly steps: readonly StepTiming[]
  /** A new, connected client. If it is still open when the server is removed, it is ended then. */
  connect(): Promise<Client>
  /** Takes the server back to the template's content. The connection string stays the same; open connections end. */
  reset(): Promise<void>
  /**
   * Lets the server outlive this process, so that you can look at what a failed test left. Open connections end.
   *
   * @param test whose failure it is kept for: of those, the next failure removes all but the last (`keepFailed`)
   * @returns how to connect to it and how to remove it, for people
   */
  keep(test?: string): Promise<string>
  /** Stops the server and removes everything that belongs to it. Can be repeated. */
  destroy(): Promise<void>
}
