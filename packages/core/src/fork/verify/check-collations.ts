import type { Client } from 'pg'

/** From 15 on a database has a collation version of its own. */
const firstMajorWithDatabaseVersion = 15

/** Collations whose version is not the one that the cluster was used with so far: indexes on text may be out of order. */
export async function checkCollations(client: Client, major: number): Promise<string[]> {
  const { rows } = await client.query<{ name: string; recorded: string; actual: string }>(
    `select collname as name, collversion as recorded, pg_collation_actual_version(oid) as actual
       from pg_collation where collversion is distinct from pg_collation_actual_version(oid) and collversion is not null`,
  )
  if (major >= firstMajorWithDatabaseVersion) {
    const database = await client.query<{ name: string; recorded: string; actual: string }>(
      `select 'of the database' as name, datcollversion as recorded, pg_database_collation_actual_version(oid) as actual
         from pg_database where datname = current_database() and datcollversion is not null
          and datcollversion is distinct from pg_database_collation_actual_version(oid)`,
    )
    rows.push(...database.rows)
  }
  return rows.map(
    ({ name, recorded, actual }) =>
      `the collation ${name} was used with version ${recorded}, here it is ${actual}: rebuild indexes on text in the fork before trusting them.`,
  )
}
