import { isAbsolute } from 'node:path'
import { describeValue } from '../../errors/describe-value.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'

/** What the value of an option must be. `expected` completes "must be ..". */
export interface OptionCheck {
  readonly expected: string
  isValid(value: unknown): boolean
}

/** More milliseconds than a timer of Node's takes end it at once. */
const longestTimer = 2 ** 31 - 1

const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most

/** Options that several drivers have: a driver picks those that it has. */
export const commonOptions = {
  directory: {
    expected: 'an absolute path',
    isValid: (value) => typeof value === 'string' && isAbsolute(value),
  },
  prefix: {
    expected: "an array of words, such as ['sudo', '-n']",
    isValid: (value) => Array.isArray(value) && value.every((word) => typeof word === 'string' && word !== ''),
  },
  commandTimeoutMs: {
    expected: `a number of milliseconds from 1 to ${longestTimer}`,
    isValid: (value) => isNumber(value, 1, longestTimer),
  },
  busyTimeoutMs: {
    expected: `a number of milliseconds from 0 to ${longestTimer}`,
    isValid: (value) => isNumber(value, 0, longestTimer),
  },
} satisfies Readonly<Record<string, OptionCheck>>

/**
 * Refuses options with a wrong value, and those that the driver doesn't have. `undefined` is the same as left out.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function checkDriverOptions(
  driver: string,
  options: object,
  checks: Readonly<Record<string, OptionCheck>>,
): void {
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, option) ? checks[option] : undefined
    if (check === undefined)
      throw new PgforkError(
        'INVALID_OPTION',
        `${driver}() has no option ${option}. It has ${Object.keys(checks).join(', ')}.`,
        { facts: { option } },
      )
    if (value === undefined || check.isValid(value)) continue
    throw new PgforkError(
      'INVALID_OPTION',
      `${driver}(): ${option} must be ${check.expected}, not ${describeValue(value)}.`,
      { facts: { option, value: describeValue(value) } },
    )
  }
}
