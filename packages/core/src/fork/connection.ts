import type { StartableFork } from '../records/fork-record.ts'

/** Parameters for a `pg.Client` or `pg.Pool`, over the fork's private socket. */
export interface ForkConnection {
  /** The directory of the Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export function connectionOf({ server, role, database }: StartableFork): ForkConnection {
  return { host: server.socketDirectory, port: server.port, user: role, database }
}

/** The same as a URI that libpq, node-postgres and most drivers understand: `?host=` overrides the host before the port. */
export function connectionStringOf({ host, port, user, database }: ForkConnection): string {
  const role = encodeURIComponent(user)
  return `postgresql://${role}@localhost:${port}/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}`
}

/** The same by TCP. */
export const tcpConnectionStringOf = ({ port, user, database }: ForkConnection): string =>
  `postgresql://${encodeURIComponent(user)}@127.0.0.1:${port}/${encodeURIComponent(database)}`
