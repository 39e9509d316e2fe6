import { PgforkError } from '../../errors/pgfork-error.ts'

/** Says why a driver doesn't serve a path: `reason` follows the path in the sentence. */
export const notApplicable = (path: string, reason: string): PgforkError =>
  new PgforkError('DRIVER_NOT_APPLICABLE', `${path} ${reason}.`, { facts: { path } })
