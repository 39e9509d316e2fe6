import { PgforkError } from '../../errors/pgfork-error.ts'

/** That something was not done since a server may be at work where it can't be seen (H70, H71). */
export const hiddenServer = (dataDirectory: string, reason: string, consequence: string): PgforkError =>
  new PgforkError(
    'SERVER_HIDDEN',
    `It can't be seen from here whether a server is running on ${dataDirectory}: ${reason}. ${consequence} Stop it where it runs; if it has ` +
      `ended for certain, remove ${dataDirectory}/postmaster.pid.`,
    { hazard: 'H71', facts: { dataDirectory, reason } },
  )
