import { Client } from 'pg'
import type { PlacedFork } from './fork-record.ts'

/** Parameters for a `pg.Client` or `pg.Pool`, over the fork's private socket. */
export interface ForkConnection {
  /** The directory of the Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

export function connectionOf({ place, role, database }: PlacedFork): ForkConnection {
  return { host: place.socketDirectory, port: place.port, user: role, database }
}

/** The same as a URI that libpq, node-postgres and most drivers understand: `host` outweighs the name before the port. */
export function connectionStringOf({ host, port, user, database }: ForkConnection): string {
  const role = encodeURIComponent(user)
  return `postgresql://${role}@localhost:${port}/${encodeURIComponent(database)}?host=${encodeURIComponent(host)}`
}

const undefinedRole = '28000'

/**
 * Connects to a fork as the first of these roles that exists in it. No more than the source's owner may be known when
 * the source was stopped or didn't let anybody in.
 */
export async function connectFork(
  fork: PlacedFork,
  roles: readonly string[],
): Promise<{ client: Client; role: string }> {
  let failure: unknown
  for (const role of new Set(roles)) {
    const client = new Client({
      ...connectionOf(fork),
      user: role,
      password: '',
      application_name: 'pgfork',
      ssl: false,
    })
    client.on('error', () => {})
    try {
      await client.connect()
      return { client, role }
    } catch (error) {
      failure = error
      await client.end().catch(() => {})
      if ((error as { code?: string }).code !== undefinedRole) break
    }
  }
  throw failure
}
