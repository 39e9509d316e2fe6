import { inspectServer, type ServerFacts } from '../elsewhere/inspect-server.ts'
import { type Reach, withSession } from '../elsewhere/open-sessions.ts'
import { readDatabaseBytes } from '../elsewhere/read-database-bytes.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { usualSuperuser } from './name-superuser.ts'

export interface Origin extends ServerFacts {
  readonly encoding: string
  readonly databases: readonly OriginDatabase[]
  readonly databaseBytes: number | undefined
  /** Roles whose names begin like that of the superuser of an import. */
  readonly rolesLikeOurs: readonly string[]
}

export interface OriginDatabase {
  readonly name: string
  readonly extensions: readonly string[]
}

/** @throws PgforkError `INVALID_OPTION` for a database that isn't there */
export async function inspectOrigin(
  reach: Reach,
  bounds: SessionBounds,
  wanted: readonly string[] | undefined,
): Promise<Origin> {
  const asked = await withSession(reach, bounds, async (client) => {
    const facts = await inspectServer(client)
    const { rows } = await client.query<{ name: string; encoding: string; isUsable: boolean }>(
      `select datname as name, pg_encoding_to_char(encoding) as encoding,
              datallowconn and not datistemplate and has_database_privilege(oid, 'connect') as "isUsable"
         from pg_database order by datname`,
    )
    const roles = await client.query<{ name: string }>(
      'select rolname as name from pg_roles where left(rolname, length($1)) = $1',
      [usualSuperuser],
    )
    const rolesLikeOurs = roles.rows.map(({ name }) => name)
    return { facts, rows, rolesLikeOurs, databaseBytes: await readDatabaseBytes(client) }
  })
  const usable = asked.rows.filter(({ isUsable }) => isUsable).map(({ name }) => name)
  const missing = (wanted ?? []).find((name) => !usable.includes(name))
  if (missing !== undefined)
    throw new PgforkError(
      'INVALID_OPTION',
      `The server at ${reach.address.host} has no database ${missing} that the role ${reach.address.user} may connect to. It has ${usable.join(', ')}.`,
      { facts: { option: 'databases', missing, usable } },
    )
  const databases: OriginDatabase[] = []
  for (const name of wanted ?? usable) databases.push({ name, extensions: await extensionsOf(reach, bounds, name) })
  const encoding = asked.rows.find(({ name }) => name === 'template0')?.encoding ?? 'UTF8'
  const { facts, databaseBytes, rolesLikeOurs } = asked
  return { ...facts, encoding, databases, databaseBytes, rolesLikeOurs }
}

const extensionsOf = (reach: Reach, bounds: SessionBounds, database: string): Promise<string[]> =>
  withSession({ ...reach, address: { ...reach.address, database } }, bounds, async (client) => {
    const { rows } = await client.query<{ name: string }>('select extname as name from pg_extension order by extname')
    return rows.map(({ name }) => name)
  })
