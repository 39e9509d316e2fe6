import type { Client } from 'pg'
import type { StepTiming } from '../operation/step-sequence.ts'
import type { Commit } from '../postgres/moment/commit.ts'
import type { WalArchiveOption } from './archives.ts'
import type { ForkConnection } from './connection.ts'
import type { ConnectOptions } from './fork-clients.ts'
import type { ForkActivity } from './read-activity.ts'
import type { Prepare } from './run-prepare.ts'
import type { Verification } from './verify/verification.ts'

export interface ResetOptions {
  /** As for `createFork`. Default: the one that this object's `createFork` was given. */
  readonly prepare?: Prepare
  /**
   * Of a fork of a past moment: archives with its WAL, as for `createFork`, besides the folders that it was made with. Commands are in no
   * record. Default: the commands that this object's `createFork` was given.
   */
  readonly wal?: WalArchiveOption | readonly WalArchiveOption[]
}

/** The past moment that a fork began with. */
export interface ForkMoment {
  /** What was asked for, as text. */
  readonly asked: string
  /** Where its WAL was cut off: all that lies before it is in, as PostgreSQL writes it, such as `0/57AEE08`. */
  readonly location: string
  /** Of the source, on which that lies. */
  readonly timeline: number
  /** The last commit that is in, as far as the WAL since the snapshot's checkpoint tells. */
  readonly lastCommit: Commit | undefined
  /** The first commit that is out, as far as there was one. */
  readonly firstExcluded: Commit | undefined
}

/** A PostgreSQL server made from a copy of another one's files. */
export interface Fork extends AsyncDisposable {
  readonly kind: 'fork'
  readonly name: string
  readonly dataDirectory: string
  /** The server's log since the fork was made. */
  readonly logFile: string
  /** The loopback interface, where roles need their passwords and the source's `pg_hba.conf` decides. */
  readonly host: '127.0.0.1'
  readonly port: number
  /** Only the owner of the data directory and root can enter it. The socket in it asks for no password. */
  readonly socketDirectory: string
  /** For `new pg.Client(fork.connection)`: over the socket, as a superuser. */
  readonly connection: ForkConnection
  /** The same as a URI. */
  readonly connectionString: string
  /**
   * By TCP on the loopback, for programs that know no sockets, and for tunnels. The role needs its password, and gets in where the
   * source's `pg_hba.conf` lets it in over the source's own loopback (H29).
   */
  readonly tcpConnectionString: string
  /** Of the postmaster; undefined while the fork is stopped. */
  readonly pid: number | undefined
  readonly timeline: number
  readonly sourceTimeline: number
  readonly systemIdentifier: string
  /** Of a fork that was made with `at`. */
  readonly moment: ForkMoment | undefined
  /** How long each step took. Empty for a fork opened by another process. */
  readonly steps: readonly StepTiming[]
  /** Undefined for a fork opened by another process. */
  readonly verification: Verification | undefined
  /**
   * A connected client, over the socket. It is ended by the methods here that stop the server, unless its user has ended it before; a
   * server that goes away fails the query under way and nothing else.
   *
   * @throws Error what `pg.Client` throws
   */
  connect(options?: ConnectOptions): Promise<Client>
  /** Stops the server cleanly. Its files stay. */
  stop(): Promise<void>
  /** Starts it again, on the same port. @throws PgforkError `SETTING_REFUSED` where its `postgresql.conf` names another one, or none */
  start(): Promise<void>
  /**
   * Takes the fork back to the moment it was made, with the same port, socket and settings. Sessions are ended.
   * `prepare` runs again: the object that `createFork` returned has it, one opened by name must be given it. If a reset fails,
   * the fork can't be used until it is reset again.
   *
   * @throws PgforkError `RESET_UNAVAILABLE` without a snapshot, or without a `prepare` where the fork had one
   */
  reset(options?: ResetOptions): Promise<void>
  /** How many clients are connected, and when the fork was last used. */
  activity(): Promise<ForkActivity>
  /** Lets a fork with `lifetime: 'process'` outlive this process. Its server is restarted, which ends sessions. */
  persist(): Promise<void>
  /** From now on `destroy` refuses and `collectGarbage` leaves the fork alone, even when its time to live is over. */
  protect(): Promise<void>
  unprotect(): Promise<void>
  /** Stops the server and removes everything that belongs to the fork. Can be repeated, also after a failure. @throws PgforkError `FORK_PROTECTED` */
  destroy(): Promise<void>
}
