import type { Client } from 'pg'
import { databaseNames } from './database-names.ts'

/** A relation that a crash empties, and with it every fork of a running server (H26). */
export interface UnloggedRelation {
  readonly database: string
  readonly relation: string
}

/** Those of these databases, by their oids. Called on the fork, where they are empty by now. */
export async function findUnlogged(
  oids: readonly string[],
  client: Client,
  connect: (database: string) => Promise<Client>,
): Promise<UnloggedRelation[]> {
  if (oids.length === 0) return []
  const names = await databaseNames(client, oids)
  const found: UnloggedRelation[] = []
  for (const database of names.values()) {
    const session = await connect(database)
    try {
      const { rows } = await session.query<{ relation: string }>(
        `select oid::regclass::text as relation from pg_class where relpersistence = 'u' and relkind = 'r' order by 1`,
      )
      found.push(...rows.map(({ relation }) => ({ database, relation })))
    } finally {
      await session.end()
    }
  }
  return found
}
