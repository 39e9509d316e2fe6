import type { Client } from 'pg'
import { type Connect, type Database, inDatabase } from '../../postgres/sql/databases.ts'

/**
 * Tables and indexes whose access method comes with a library that was left out: reading them may fail (H67).
 *
 * @returns a sentence for each database and access method
 */
export async function findUnreadable(
  databases: readonly Database[],
  connect: Connect,
  leftOut: readonly string[],
): Promise<string[]> {
  if (leftOut.length === 0) return []
  const found: string[] = []
  for (const { name } of databases)
    for (const { method, library, count } of await inDatabase(connect, name, (session) => ask(session, leftOut)))
      found.push(
        `${name}: ${count} of its tables and indexes have the access method ${method} of ${library}, which was left out: reading them may fail ` +
          `(H67). To keep it: backgroundWorkers: { keep: ['${library}'] }.`,
      )
  return found
}

interface AccessMethod {
  readonly method: string
  readonly library: string
  readonly count: number
}

/** A library's functions say where it is: `$libdir/name`, or a path. */
async function ask(session: Client, leftOut: readonly string[]): Promise<AccessMethod[]> {
  const { rows } = await session.query<AccessMethod>(
    `select amname as method, library, count(*)::int as count
       from pg_class join pg_am on pg_am.oid = relam join pg_proc on pg_proc.oid = amhandler,
            regexp_replace(probin, '^.*/|\\.so$', '', 'g') as library
      where library = any($1) group by amname, library order by amname`,
    [leftOut],
  )
  return rows
}
