import { PgforkError } from '@pgfork/core'

type Facts = Readonly<Record<string, unknown>>

/** What a container has can't be forked as it is. The message says what to do. */
export const refused = (message: string, facts: Facts, hazard = 'H84'): PgforkError =>
  new PgforkError('CONTAINER_REFUSED', message, { hazard, facts })

export const notFound = (message: string, facts: Facts, cause?: unknown): PgforkError =>
  new PgforkError('CONTAINER_NOT_FOUND', message, { facts, cause })
