import { type Client, escapeIdentifier } from 'pg'
import { type Amcheck, createAmcheck, findAmcheck } from './amcheck.ts'
import { listRelations, type Relation } from './list-relations.ts'

export interface CheckedRelations {
  readonly checked: number
  readonly damages: readonly string[]
  /** What could not be checked, and why. */
  readonly warnings: readonly string[]
}

/** Data and index corruption (XX), and files that can't be read (58). */
const damageClasses = ['XX', '58']

/**
 * Checks one database by the extension amcheck. Where it isn't created, that is done in a transaction which is rolled back,
 * so that the fork stays as it was committed.
 *
 * @returns undefined when the extension isn't installed
 */
export async function checkRelations(client: Client): Promise<CheckedRelations | undefined> {
  await client.query('begin')
  try {
    await disableEventTriggers(client)
    const amcheck = (await findAmcheck(client)) ?? (await createAmcheck(client))
    if (amcheck === undefined) return undefined
    const { relations, leftOut } = await listRelations(client, {
      withTables: amcheck.checkTable !== undefined,
      version: await versionOf(client),
    })
    const damages: string[] = []
    const warnings = leftOut.map((name) => `${name} was not checked: ${unsafe}`)
    for (const relation of relations) {
      const found = await checkRelation(client, amcheck, relation)
      damages.push(...found.damages)
      warnings.push(...found.warnings)
    }
    return { checked: relations.length + leftOut.length - warnings.length, damages, warnings }
  } finally {
    await client.query('rollback')
  }
}

const unsafe = "this server's amcheck would run code of its owner's as a superuser (CVE-2022-1552). Update the server."

async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  return rows[0]?.version ?? 0
}

/** Before 17 a session can't turn those off that are enabled ALWAYS, and any of them may refuse to create amcheck. */
async function disableEventTriggers(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select evtname as name from pg_event_trigger where evtenabled in ('A', 'R')`,
  )
  for (const { name } of rows) await client.query(`alter event trigger ${escapeIdentifier(name)} disable`)
}

/** In a savepoint, which an error ends. It is released as well: they would nest, at 9 kB each. */
async function checkRelation(
  client: Client,
  { checkIndex, checkTable }: Amcheck,
  { oid, name, kind }: Relation,
): Promise<Pick<CheckedRelations, 'damages' | 'warnings'>> {
  await client.query('savepoint relation')
  try {
    if (kind === 'index') {
      await client.query(`select ${checkIndex}`, [oid])
      return { damages: [], warnings: [] }
    }
    const { rows } = await client.query<{ block: string; message: string }>(
      `select blkno::text as block, msg as message from ${checkTable}`,
      [oid],
    )
    return { damages: rows.map(({ block, message }) => `${name}, block ${block}: ${message}`), warnings: [] }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code !== undefined && damageClasses.includes(code.slice(0, 2)))
      return { damages: [`${name}: ${message}`], warnings: [] }
    // An expression of an index, which is the table's owner's, may need what it doesn't find in our search_path.
    return { damages: [], warnings: [`${name} was not checked: ${message}`] }
  } finally {
    await client.query('rollback to savepoint relation')
    await client.query('release savepoint relation')
  }
}
