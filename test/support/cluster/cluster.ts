import type pg from 'pg'
import type { EvidenceSource } from '../evidence/evidence.ts'
import type { StopMode } from './server.ts'
import type { MajorVersion } from './versions.ts'

/** A real PostgreSQL cluster that a test made. Disposing of it stops the server and deletes everything that was made for it. */
export interface Cluster extends AsyncDisposable, EvidenceSource {
  readonly version: MajorVersion
  readonly dataDirectory: string
  readonly binDirectory: string
  /** The file that holds the settings, in the data directory or, in Debian's layout, elsewhere. */
  readonly configFile: string
  readonly socketDirectory: string
  readonly logFile: string
  /** On 127.0.0.1. As the server wrote it at its last start, should a test have changed the setting. */
  readonly port: number
  /** Undefined while the server doesn't run. */
  readonly pid: number | undefined
  /** Host (the socket directory), port, user and database for `new pg.Client(..)`. The user `postgres` needs no password. */
  readonly connection: {
    readonly host: string
    readonly port: number
    readonly user: string
    readonly database: string
  }

  /** Returns when the server is ready (a standby: when it lets clients in or, without hot_standby, recovers). */
  start(): Promise<void>
  /** Default `fast`. Returns when the server has ended. */
  stop(mode?: StopMode): Promise<void>
  restart(): Promise<void>
  /** Kills all its processes at once by SIGKILL, as when power fails. The server may be started again. */
  crash(): Promise<void>
  isRunning(): boolean

  /** A connected client as superuser, by the Unix socket; closed at the latest when the cluster is disposed of. Default database `postgres`. */
  client(database?: string): Promise<pg.Client>
  /** Runs one or more statements in a session of their own and returns the last one's rows. */
  query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
  /** Appends settings to the configuration file and reloads a running server; some need a `restart()` to count. */
  settings(values: Settings): Promise<void>
  /** All that the server has logged, also after the cluster was disposed of. */
  log(): Promise<string>
}

export type Settings = Readonly<Record<string, string | number | boolean>>
