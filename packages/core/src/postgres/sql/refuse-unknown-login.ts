import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'

export interface Login {
  readonly role?: string | undefined
  readonly database?: string | undefined
}

const mostNames = 10

/**
 * Refuses a role or a database that nobody could connect as or to. What is left out is not looked at.
 *
 * @throws PgforkError `INVALID_OPTION` with the names that there are
 */
export async function refuseUnknownLogin(client: Client, { role, database }: Login): Promise<void> {
  if (role !== undefined) await refuseUnknown(client, 'role', role, roles)
  if (database !== undefined) await refuseUnknown(client, 'database', database, databases)
}

const roles = 'select rolname::text as name from pg_catalog.pg_roles where rolcanlogin'
const databases = 'select datname::text as name from pg_catalog.pg_database where datallowconn and datconnlimit <> -2'

async function refuseUnknown(
  client: Client,
  option: 'role' | 'database',
  wanted: string,
  existing: string,
): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select name from (${existing}) as existing order by name operator(pg_catalog.<>) $1, name limit $2`,
    [wanted, mostNames + 1],
  )
  const names = rows.map(({ name }) => name)
  if (names.includes(wanted)) return
  const isAll = names.length <= mostNames
  const known = names.slice(0, mostNames)
  throw new PgforkError(
    'INVALID_OPTION',
    `There is no ${option} ${wanted} that can be connected ${option === 'role' ? 'as' : 'to'}. There ${isAll ? 'are' : 'are, among others,'} ${known.join(', ')}.`,
    { facts: { option, value: wanted, known, isAll } },
  )
}
