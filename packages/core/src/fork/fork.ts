import type { StepTiming } from '../operation/step-sequence.ts'
import type { ForkConnection } from './connection.ts'
import type { ForkActivity } from './read-activity.ts'
import type { Prepare } from './run-prepare.ts'
import type { Verification } from './verify/verification.ts'

export interface ResetOptions {
  /** As for `createFork`. Default: the one that this object's `createFork` was given. */
  readonly prepare?: Prepare
}

/** A PostgreSQL server of its own, made from a copy of another one's files. */
export interface Fork extends AsyncDisposable {
  readonly kind: 'fork'
  readonly name: string
  readonly dataDirectory: string
  /** What the server wrote since the fork was made. */
  readonly logFile: string
  /** Of the loopback interface, where roles need their passwords. */
  readonly host: '127.0.0.1'
  readonly port: number
  /** Only the owner of the data directory, and root, can enter it; the socket in it asks for no password. */
  readonly socketDirectory: string
  /** For `new pg.Client(fork.connection)`: over the socket, as a superuser. */
  readonly connection: ForkConnection
  /** The same as a URI. */
  readonly connectionString: string
  /** Of the postmaster; undefined while the fork is stopped. */
  readonly pid: number | undefined
  readonly timeline: number
  readonly sourceTimeline: number
  readonly systemIdentifier: string
  /** How long each step took. Empty for a fork opened by another process. */
  readonly steps: readonly StepTiming[]
  /** undefined for a fork opened by another process. */
  readonly verification: Verification | undefined
  /** Stops the server in order; its files stay. */
  stop(): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /**
   * Goes back to the moment of the fork, with the same port, socket and settings; sessions are ended.
   * What `prepare` did is done again: the object that `createFork` returned knows it, one opened by name has to be given it. A fork
   * whose reset failed is unusable until it is reset again.
   *
   * @throws PgforkError `RESET_UNAVAILABLE` without a snapshot, or without a `prepare` where the fork had one
   */
  reset(options?: ResetOptions): Promise<void>
  /** Who is connected, and when the fork was used last. */
  activity(): Promise<ForkActivity>
  /** Lets a fork with `lifetime: 'process'` outlive this process after all. Its server is restarted, which ends sessions. */
  persist(): Promise<void>
  /** From now on `destroy` refuses, and collections pass the fork by, also when its time to live is over. */
  protect(): Promise<void>
  unprotect(): Promise<void>
  /** Stops the server and removes all that belongs to the fork. Can be repeated, also when it failed. @throws PgforkError `FORK_PROTECTED` */
  destroy(): Promise<void>
}
