/** Where the source is and how to reach it. */
export interface SourceOptions {
  /** Data directory of a running or stopped cluster. */
  readonly dataDirectory: string
  /**
   * How to connect to the running source, as a role that is a superuser, or a member of `pg_monitor` and
   * `pg_checkpoint` (15+). Default: its Unix socket, as the role named like the data directory's owner or `postgres`.
   * It is kept in no record and no error.
   */
  readonly connection?: SourceConnection
  /** Folder of the `postgres` executable. Default: where the running server's own come from, else searched. */
  readonly binDirectory?: string
}

export interface SourceConnection {
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  /** Default `postgres`. */
  readonly database?: string
}
