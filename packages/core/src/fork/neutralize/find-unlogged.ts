import { type Connect, type Database, inDatabase } from '../../postgres/sql/databases.ts'

/** A relation that a crash empties, and with it every fork of a running server (H26). */
export interface UnloggedRelation {
  readonly database: string
  readonly relation: string
}

/** Those of these databases. Called on the fork, where they are empty by now. */
export async function findUnlogged(databases: readonly Database[], connect: Connect): Promise<UnloggedRelation[]> {
  const found: UnloggedRelation[] = []
  for (const { name: database } of databases) {
    const { rows } = await inDatabase(connect, database, (session) =>
      session.query<{ relation: string }>(
        `select oid::regclass::text as relation from pg_class where relpersistence = 'u' and relkind = 'r' order by 1`,
      ),
    )
    found.push(...rows.map(({ relation }) => ({ database, relation })))
  }
  return found
}
