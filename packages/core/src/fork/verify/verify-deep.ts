import type { Client } from 'pg'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { type Connect, inDatabase, listDatabases, unreachable } from '../../postgres/sql/databases.ts'
import { checkCollations } from './check-collations.ts'
import { checkRelations } from './check-relations.ts'
import type { Check } from './verification.ts'

export interface DeepVerification {
  readonly checks: readonly Check[]
  /** What could not be checked, and why. */
  readonly warnings: readonly string[]
}

/**
 * Looks into every database: each B-tree index against its table and, from 14 on, each table's own pages by amcheck, and
 * whether collations still have the version that indexes were built with (another libc sorts otherwise).
 *
 * @throws PgforkError `VERIFICATION_FAILED` naming what is damaged
 */
export async function verifyDeep(client: Client, connect: Connect): Promise<DeepVerification> {
  const checks: Check[] = []
  const warnings: string[] = []
  const damages: string[] = []
  for (const database of await listDatabases(client)) {
    const { name, state } = database
    if (state !== 'open') {
      if (name !== 'template0') warnings.push(unreachable(database, 'so that it was not checked'))
      continue
    }
    const { relations, collations } = await inDatabase(connect, name, async (session) => ({
      relations: await checkRelations(session),
      collations: await checkCollations(session),
    }))
    if (relations === undefined) warnings.push(`${name}: indexes were not checked, since amcheck is not installed.`)
    else {
      damages.push(...relations.damages.map((damage) => `${name}: ${damage}`))
      warnings.push(...relations.warnings.map((warning) => `${name}: ${warning}`))
      checks.push({ name: `indexes and tables of ${name} agree (amcheck)`, found: `${relations.checked} checked` })
    }
    warnings.push(...collations.map((warning) => `${name}: ${warning}`))
  }
  if (damages.length === 0) return { checks, warnings }
  throw new PgforkError(
    'VERIFICATION_FAILED',
    `The fork is damaged, and most likely its source is too: ${damages.slice(0, 5).join('; ')}${damages.length > 5 ? ` and ${damages.length - 5} more` : ''}.`,
    { facts: { damages } },
  )
}
