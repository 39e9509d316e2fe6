import type { Client } from 'pg'

export interface CheckedRelations {
  readonly checked: number
  readonly damages: readonly string[]
}

interface Relation {
  readonly oid: number
  readonly name: string
  readonly kind: 'index' | 'table'
}

/** From 14 on amcheck looks at tables, too; from 11 on it compares an index with its table. */
const firstMajorWithTables = 14
const firstMajorWithComparison = 11

/** In a schema of its own, since `public` may have been dropped. */
const ownSchema = 'pgfork_amcheck'

/** From 16 on, and before. */
const notInstalled = ['0A000', '58P01']

/**
 * Checks one database by the extension amcheck. Where it isn't created, that is done in a transaction which is rolled back,
 * so that the fork stays as it was committed.
 *
 * @returns undefined when the extension isn't installed
 */
export async function checkRelations(client: Client, major: number): Promise<CheckedRelations | undefined> {
  await client.query('begin')
  try {
    const schema = (await findAmcheck(client)) ?? (await createAmcheck(client))
    if (schema === undefined) return undefined
    const relations = await listRelations(client, major)
    const damages: string[] = []
    for (const relation of relations) damages.push(...(await checkRelation(client, schema, relation, major)))
    return { checked: relations.length, damages }
  } finally {
    await client.query('rollback')
  }
}

async function findAmcheck(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string }>(
    `select quote_ident(nspname) as schema from pg_extension join pg_namespace n on n.oid = extnamespace where extname = 'amcheck'`,
  )
  return rows[0]?.schema
}

/** Tried, not looked up: pg_available_extensions fails as a whole when any extension's control file is broken. */
async function createAmcheck(client: Client): Promise<string | undefined> {
  try {
    await client.query(`create schema ${ownSchema}`)
    await client.query(`create extension amcheck schema ${ownSchema}`)
    return ownSchema
  } catch (error) {
    if (notInstalled.includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}

async function listRelations(client: Client, major: number): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(
    `select c.oid::int8::float8 as oid, c.oid::regclass::text as name, case relkind when 'i' then 'index' else 'table' end as kind
       from pg_class c left join pg_index on indexrelid = c.oid left join pg_am am on am.oid = relam
      where relpersistence = 'p' and relnamespace <> coalesce(to_regnamespace($2)::oid, 0)
        and (relkind = 'i' and amname = 'btree' and indisvalid and indisready
             or $1 and relkind in ('r', 't', 'm') and (amname = 'heap' or amname is null))
      order by kind, name`,
    [major >= firstMajorWithTables, ownSchema],
  )
  return rows
}

async function checkRelation(
  client: Client,
  schema: string,
  { oid, name, kind }: Relation,
  major: number,
): Promise<string[]> {
  await client.query('savepoint relation')
  try {
    if (kind === 'index') {
      const compare = major >= firstMajorWithComparison ? ', true' : ''
      await client.query(`select ${schema}.bt_index_check($1::oid${compare})`, [oid])
      return []
    }
    const { rows } = await client.query<{ message: string }>(
      `select format('%s, block %s: %s', $2::text, blkno, msg) as message from ${schema}.verify_heapam($1::oid)`,
      [oid, name],
    )
    return rows.map(({ message }) => message)
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await client.query('rollback to savepoint relation')
  }
}
