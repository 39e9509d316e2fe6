import { isAbsolute } from 'node:path'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { checkOptions } from '../../options/check-options.ts'
import { checking, isNumber, isText, longestMs, type OptionShape } from '../../options/checks.ts'

const millisecondsFrom = (least: number) =>
  checking(
    `a number of milliseconds from ${least} to ${longestMs}`,
    (value) => isNumber(value) && value >= least && value <= longestMs,
  )

/** Options that several drivers have: a driver picks those that it has. */
export const commonOptions = {
  directory: checking('an absolute path', (value) => isText(value) && isAbsolute(value)),
  prefix: checking(
    "an array of words, such as ['sudo', '-n']",
    (value) => Array.isArray(value) && value.every((word) => isText(word) && word !== ''),
  ),
  commandTimeoutMs: millisecondsFrom(1),
  busyTimeoutMs: millisecondsFrom(0),
}

/** The same for a driver that mounts its clones. */
export const mountingOptions = {
  ...commonOptions,
  mountDirectory: commonOptions.directory,
}

/**
 * Refuses options with a wrong value, and those that the driver doesn't have. `undefined` is the same as left out. Make checks
 * of a driver's own by `checking`.
 *
 * @throws PgforkError `INVALID_OPTION`, its message beginning with `btrfs()`
 */
export function checkDriverOptions<Options extends object>(
  driver: string,
  options: Options,
  shape: OptionShape<Options>,
): void {
  const of = `${driver}()`
  try {
    checkOptions(of, options, shape)
  } catch (error) {
    if (!isPgforkError(error) || error.message.startsWith(of)) throw error
    throw new PgforkError(error.code, `${of}: ${error.message}`, { facts: error.facts })
  }
}
