import { type Client, escapeIdentifier } from 'pg'
import { randomCharacters } from '../../names/random-characters.ts'

/** How to call the functions of amcheck, the oid of a relation being `$1`. Undefined: this version has none. */
export interface Amcheck {
  readonly checkIndex: string
  /** From 14 on it looks at tables, too. */
  readonly checkTable: string | undefined
}

/**
 * Each with all of its arguments: in a schema that others may create in, a function of the same name whose arguments fit
 * better would be called in its place (H64). The best one first; from 11 on amcheck compares an index with its table.
 */
const indexChecks = { 'regclass, boolean': '($1::oid::regclass, true)', regclass: '($1::oid::regclass)' }
const tableChecks = {
  'regclass, boolean, boolean, text, bigint, bigint':
    "($1::oid::regclass, false, false, 'none'::text, null::bigint, null::bigint)",
}

/** When the server has no such extension: from 16 on, and before. */
const notInstalled = ['0A000', '58P01']

/** The extension as it is in this database. */
export async function findAmcheck(client: Client): Promise<Amcheck | undefined> {
  const { rows } = await client.query<{ schema: string; name: string; parameters: string }>(
    `select nspname as schema, proname as name, oidvectortypes(proargtypes) as parameters
       from pg_extension
       join pg_depend on refclassid = 'pg_extension'::regclass and refobjid = pg_extension.oid and deptype = 'e'
       join pg_proc on classid = 'pg_proc'::regclass and objid = pg_proc.oid
       join pg_namespace on pg_namespace.oid = pronamespace
      where extname = 'amcheck'`,
  )
  const callOf = (name: string, checks: Readonly<Record<string, string>>): string | undefined => {
    for (const [parameters, values] of Object.entries(checks)) {
      const found = rows.find((row) => row.name === name && row.parameters === parameters)
      if (found !== undefined) return `${escapeIdentifier(found.schema)}.${escapeIdentifier(name)}${values}`
    }
    return undefined
  }
  const checkIndex = callOf('bt_index_check', indexChecks)
  return checkIndex === undefined ? undefined : { checkIndex, checkTable: callOf('verify_heapam', tableChecks) }
}

/** Creates it, in a schema of its own, since `public` may have been dropped. Undefined where it isn't installed. */
export async function createAmcheck(client: Client): Promise<Amcheck | undefined> {
  const schema = `pgfork_${randomCharacters(12)}`
  try {
    await client.query(`create schema ${schema}`)
    // Tried, not looked up: pg_available_extensions fails as a whole when any extension's control file is broken.
    await client.query(`create extension amcheck schema ${schema}`)
    return await findAmcheck(client)
  } catch (error) {
    if (notInstalled.includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}
