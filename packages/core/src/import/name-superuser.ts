import { PgforkError } from '../errors/pgfork-error.ts'
import { randomCharacters } from '../names/random-characters.ts'

/** How the superuser of an import is called, as a rule. */
export const usualSuperuser = 'pgfork_import'

/**
 * A name for the superuser here that no role of the other server's has. One of his name is restored with what it may there, which would take the
 * superuser's rights from him; who is a member of it there would be a superuser here (H93).
 *
 * @param taken roles there whose names begin like that
 * @param known what he is called in the generations before
 */
export function nameSuperuser(taken: readonly string[], known = usualSuperuser): string {
  let name = known
  while (taken.includes(name)) name = `${usualSuperuser}_${randomCharacters(8)}`
  return name
}

/**
 * The roles are dumped later than they were looked at.
 *
 * @param sql what `pg_dumpall` says of them
 * @throws PgforkError `SOURCE_CHANGED`
 */
export function refuseSuperuserIn(sql: string, role: string): void {
  if (!sql.split('\n').some((line) => line.replaceAll('"', '') === `CREATE ROLE ${role};`)) return
  throw new PgforkError(
    'SOURCE_CHANGED',
    `While its databases were dumped, the server elsewhere was given a role ${role}, as the superuser here is called. Import again.`,
    { hazard: 'H93', facts: { role } },
  )
}
