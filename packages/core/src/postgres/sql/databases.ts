import type { Client } from 'pg'
import { endSession } from './end-session.ts'

export interface Database {
  readonly oid: string
  readonly name: string
  /** Nobody can connect to one that is closed, as template0 is, or whose DROP DATABASE was interrupted. */
  readonly state: 'open' | 'closed' | 'half-dropped'
}

/** DATCONNLIMIT_INVALID_DB in pg_database.h. */
const halfDropped = -2

export async function listDatabases(client: Client): Promise<Database[]> {
  const { rows } = await client.query<Database>(
    `select oid::text as oid, datname as name,
            case when datconnlimit = $1 then 'half-dropped' when datallowconn then 'open' else 'closed' end as state
       from pg_database order by datname`,
    [halfDropped],
  )
  return rows
}

/** Default: the database of the first session. */
export type Connect = (database?: string) => Promise<Client>

/** Does something in a session of its own in a database. */
export async function inDatabase<T>(
  connect: Connect,
  database: string | undefined,
  action: (session: Client) => Promise<T>,
): Promise<T> {
  const session = await connect(database)
  try {
    return await action(session)
  } finally {
    await endSession(session)
  }
}

/** What can't be done in a database, as a warning. */
export const unreachable = ({ name, state }: Database, what: string): string =>
  state === 'half-dropped'
    ? `The database ${name} is half dropped, ${what}: a DROP DATABASE of it was interrupted. Drop it again.`
    : `The database ${name} lets nobody connect, ${what}.`
