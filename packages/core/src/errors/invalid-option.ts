import { describeValue } from './describe-value.ts'
import { PgforkError } from './pgfork-error.ts'

/** The error for a value that an option may not have. `expected` completes "must be". */
export const invalidOption = (option: string, expected: string, value: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `${option} must be ${expected}, not ${describeValue(value)}.`, {
    facts: { option, value: describeValue(value) },
  })

/** The same of an option that may hold a secret, such as a password: what was given isn't told. */
export const invalidSecret = (option: string, expected: string): PgforkError =>
  new PgforkError('INVALID_OPTION', `${option} must be ${expected}.`, { facts: { option } })
