import { inspect } from 'node:util'

/** Any value of a caller's as a short text on one line: errors hold plain data only, and must not throw another one. */
export const describeValue = (value: unknown): string =>
  inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY, maxStringLength: 100, maxArrayLength: 10 }).slice(
    0,
    300,
  )
