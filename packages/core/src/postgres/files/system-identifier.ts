import { PgforkError } from '../../errors/pgfork-error.ts'

/**
 * What a server elsewhere says of its identity. It is a number in every cluster; anything else would be a name of folders here.
 *
 * @throws PgforkError `CONNECTION_REQUIRED`
 */
export function checkSystemIdentifier(told: unknown): string {
  if (typeof told === 'string' && /^\d{1,20}$/.test(told)) return told
  throw new PgforkError(
    'CONNECTION_REQUIRED',
    'The server does not say which cluster it has, as every PostgreSQL does. See what listens at that address.',
    { hazard: 'H126' },
  )
}
