import type { ForkConnection, StepTiming } from '@pgfork/core'
import type { Client } from 'pg'

/** A PostgreSQL server of its own for a test. It ends with the process that made it, however that ends. */
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
  /** How long each step of its making took. */
  readonly steps: readonly StepTiming[]
  /** A connected client of its own. It is ended with the server, should it still be open then. */
  connect(): Promise<Client>
  /** Back to the template's content. The connection string stays, open connections end. */
  reset(): Promise<void>
  /**
   * Lets the server outlive this process, for a look at what a failed test left. Open connections end.
   *
   * @returns how to connect to it and how to remove it, for people
   */
  keep(): Promise<string>
  /** Stops the server and removes all that belongs to it. Can be repeated. */
  destroy(): Promise<void>
}
