import type { Client } from 'pg'

interface Versions {
  readonly name: string
  /** Null: of a C library that has none, such as Alpine's musl. */
  readonly recorded: string | null
  readonly actual: string | null
}

/** From 15 on a database has a collation version of its own. */
const firstMajorWithDatabaseVersion = 15

/** Collations of a database whose version is not the one that they were used with so far: indexes on text may be out of order. */
export async function checkCollations(client: Client): Promise<string[]> {
  const { rows } = await client.query<Versions>(
    `select collname as name, collversion as recorded, pg_collation_actual_version(oid) as actual
       from pg_collation where collversion is distinct from pg_collation_actual_version(oid) and collversion is not null`,
  )
  return rows.map(({ name, ...versions }) => describe(`the collation ${name}`, versions))
}

/**
 * The same of all databases' own collations, whatever database the session is in. A fork that runs with another C library than its source,
 * in another image or on another distribution, sorts texts otherwise than its indexes do (H109).
 */
export async function checkDatabaseCollations(client: Client, major: number): Promise<string[]> {
  if (major < firstMajorWithDatabaseVersion) return []
  const { rows } = await client.query<Versions>(
    `select datname as name, datcollversion as recorded, pg_database_collation_actual_version(oid) as actual
       from pg_database where datallowconn and datcollversion is distinct from pg_database_collation_actual_version(oid)`,
  )
  return rows.map(({ name, ...versions }) => `${name}: ${describe('the collation of the database', versions)}`)
}

function describe(what: string, { recorded, actual }: Omit<Versions, 'name'>): string {
  const before = recorded === null ? "without one, as Alpine's C library has none" : `with version ${recorded}`
  return `${what} was used ${before}, here it is ${actual ?? 'without one'}: rebuild indexes on text in the fork before trusting them.`
}
