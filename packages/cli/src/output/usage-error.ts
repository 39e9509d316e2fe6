import { PgforkError } from '@pgfork/core'

/** Of the command line. */
export const usageError = (message: string, option?: string): PgforkError =>
  new PgforkError('INVALID_OPTION', message, option === undefined ? {} : { facts: { option } })
