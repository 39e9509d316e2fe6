import type { Client } from 'pg'

/** Databases of these oids that can be connected to. */
export async function databaseNames(client: Client, oids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await client.query<{ oid: string; name: string }>(
    'select oid::text as oid, datname as name from pg_database where datallowconn and oid = any($1::oid[])',
    [oids],
  )
  return new Map(rows.map(({ oid, name }) => [oid, name]))
}
