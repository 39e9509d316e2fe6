import type { ClientConfig } from 'pg'

/** Where the source is and how to reach it. One of `dataDirectory` and `connection` is enough. */
export interface SourceOptions {
  /** Data directory of a running or stopped cluster. Default: what the server at `connection` says. */
  readonly dataDirectory?: string
  /**
   * How to connect to the running source: a connection string, or options of `pg.Client`. As a superuser, or a member of
   * `pg_monitor` and `pg_checkpoint` (15 and later). Default: its Unix socket, as the role named like the data directory's
   * owner or `postgres`. Its database is `postgres` unless it says another. It is kept in no
   * record and no error. `PGPASSWORD` and `~/.pgpass` count where it names a host, or the cluster is the caller's own: elsewhere the
   * owner says who listens.
   */
  readonly connection?: string | SourceConnection
  /** Folder of the `postgres` executable. Default: where the running server's own come from, else searched. */
  readonly binDirectory?: string
}

/** Options of `pg.Client` that say which server, as whom, and by TLS or not. */
export type SourceConnection = Readonly<
  Pick<ClientConfig, 'connectionString' | 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>
>

/** The same, its connection string taken apart. */
export type ConnectionParameters = Omit<SourceConnection, 'connectionString'>

/** A source as it is worked with, once its data directory is known. */
export interface LocatedSource {
  readonly dataDirectory: string
  readonly connection?: ConnectionParameters | undefined
  readonly binDirectory?: string | undefined
  /** The likeliest superusers of a source that can't be asked. */
  readonly role?: string | undefined
}
