import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Check } from './verification.ts'

export interface CheckList {
  /** What held so far. */
  readonly checks: Check[]
  /** Notes what was found. @throws PgforkError `VERIFICATION_FAILED` when it doesn't hold */
  readonly check: (name: string, holds: boolean, found: string) => void
}

export function checkList(fork: string): CheckList {
  const checks: Check[] = []
  const check: CheckList['check'] = (name, holds, found) => {
    if (!holds)
      throw new PgforkError(
        'VERIFICATION_FAILED',
        `The fork ${fork} failed its verification: ${name}, found ${found}.`,
        { facts: { fork, check: name, found } },
      )
    checks.push({ name, found })
  }
  return { checks, check }
}
