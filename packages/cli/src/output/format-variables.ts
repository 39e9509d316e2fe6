import { usageError } from './usage-error.ts'

/** What a shell takes as it is, in `export $(..)` as in a file that it reads. */
const harmless = /^[\w@%+=:,./?&-]*$/

/**
 * Lines for `export $(..)`, which a shell divides at blanks: the source's owner names its superuser, such as `x LD_PRELOAD=/tmp/a.so`, and
 * would have root's shell load that (H62).
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function formatVariables(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (harmless.test(value)) return `${name}=${value}`
    throw usageError(
      `${name} is ${JSON.stringify(value)}, of which a shell would make something else. Use --json, or the URL (without --env).`,
      'env',
    )
  })
}
