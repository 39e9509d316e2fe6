import process from 'node:process'
import type { PgforkConfig } from '../config/pgfork-config.ts'
import { usageError } from '../output/usage-error.ts'
import { refusePassword } from './refuse-password.ts'

/** The command line's, the environment's or the configuration's. @throws PgforkError `INVALID_OPTION` */
export function readCluster(
  configured: PgforkConfig['source'],
  given: string | undefined,
): NonNullable<PgforkConfig['source']> {
  if (given !== undefined) refusePassword(given)
  const found = given ?? (process.env.PGFORK_SOURCE || configured)
  if (found !== undefined) return found
  throw usageError(
    'There is no source: give a data directory or a connection URL, set PGFORK_SOURCE, or write source into pgfork.config.json.',
    'source',
  )
}
