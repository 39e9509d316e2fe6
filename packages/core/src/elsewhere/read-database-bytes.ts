import type { Client } from 'pg'

/** Of all databases, those that nobody can connect to included; undefined where the role may not look at one of them. */
export async function readDatabaseBytes(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ bytes: string | null }>(
    `select case when bool_and(has_database_privilege(oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage'))
            then sum(pg_database_size(case when has_database_privilege(oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage') then oid end))
            end::text as bytes
       from pg_database`,
  )
  const bytes = rows[0]?.bytes ?? null
  return bytes === null ? undefined : Number(bytes)
}
