import { describeValue } from './describe-value.ts'
import { PgforkError } from './pgfork-error.ts'

export const invalidOption = (option: string, expected: string, value: unknown): PgforkError =>
  new PgforkError('INVALID_OPTION', `${option} must be ${expected}, not ${describeValue(value)}.`, {
    facts: { option, value: describeValue(value) },
  })
