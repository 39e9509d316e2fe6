import { describeValue } from '../errors/describe-value.ts'
import { PgforkError } from '../errors/pgfork-error.ts'

/** Bounds of what is waited for, in milliseconds. */
export interface Timeouts {
  /** One external command, but for those that copy or remove a whole tree, to which a driver may give longer. Default 60,000. */
  readonly commandMs: number
  /** One statement on the source, the checkpoint among them. Default 300,000. */
  readonly sourceStatementMs: number
  /** The fork's server, from its start until it accepts writes: recovery lies within. Default 300,000. */
  readonly startMs: number
  /** The fork's server, until it has ended. Then it is ended harder. Default 20,000. */
  readonly stopMs: number
  /** Each statement of the verification. Default 30,000. */
  readonly verifyMs: number
  /** Reading all pages, for `verify: { deep: true }`. Default a day. */
  readonly deepVerifyMs: number
}

const defaults: Timeouts = {
  commandMs: 60_000,
  sourceStatementMs: 300_000,
  startMs: 300_000,
  stopMs: 20_000,
  verifyMs: 30_000,
  deepVerifyMs: 24 * 60 * 60 * 1000,
}

/** @throws PgforkError `INVALID_OPTION` */
export function withDefaultTimeouts(given: Partial<Timeouts> = {}): Timeouts {
  if (typeof given !== 'object' || given === null)
    throw new PgforkError('INVALID_OPTION', `timeouts must be an object, not ${describeValue(given)}.`)
  for (const [name, value] of Object.entries(given))
    if (!(name in defaults) || !Number.isFinite(value) || value <= 0)
      throw new PgforkError(
        'INVALID_OPTION',
        `timeouts.${name} must be a number of milliseconds above 0, not ${describeValue(value)}; known are ${Object.keys(defaults).join(', ')}.`,
        { facts: { name, value: describeValue(value) } },
      )
  return { ...defaults, ...given }
}
