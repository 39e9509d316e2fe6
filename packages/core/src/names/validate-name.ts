import { describeValue } from '../errors/describe-value.ts'
import { PgforkError } from '../errors/pgfork-error.ts'

const pattern = /^[a-z0-9][a-z0-9._-]*$/
const longestName = 48

/**
 * The one gate that every name passes before it reaches a path or a command. What it lets through is a valid file
 * name, Btrfs subvolume, ZFS snapshot and LVM volume, and can be no option and no path. 48 characters leave room for
 * what core and drivers append.
 *
 * @throws PgforkError `INVALID_NAME`
 */
export function validateName(name: unknown): string {
  const reason =
    typeof name !== 'string'
      ? `is ${typeof name}, not a string`
      : name.length > longestName
        ? `has ${name.length} characters; ${longestName} are the most`
        : !pattern.test(name) || name.includes('..')
          ? 'may only hold a-z, 0-9, dot, underscore and dash, must start with a letter or digit and hold no two dots in a row'
          : undefined
  if (reason !== undefined)
    throw new PgforkError('INVALID_NAME', `The name ${describeValue(name)} ${reason}.`, {
      facts: { name: describeValue(name) },
    })
  return name as string
}
