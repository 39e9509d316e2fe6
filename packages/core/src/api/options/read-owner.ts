import { readFileSync } from 'node:fs'
import type { UserIdentity } from '../../command/command-runner.ts'
import { ownUser } from '../../command/own-user.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { ownerOf } from '../../process/owner-of.ts'

/**
 * Whom the servers of a standby or an import run as: for root a user that he names, for others they themselves.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function readOwner(given: string | undefined): UserIdentity {
  const self = ownUser()
  if (self.uid !== 0 && given === undefined) return self
  const name = given ?? 'postgres'
  const uid = uidOf(name)
  if (uid === undefined || uid === 0)
    throw new PgforkError(
      'INVALID_OPTION',
      `owner must be a local user who is not root, as whom PostgreSQL runs, not ${name}. Debian's packages make the user postgres.`,
      { facts: { option: 'owner' } },
    )
  if (self.uid !== 0 && uid !== self.uid)
    throw new PgforkError('INVALID_OPTION', `owner can be another user than oneself for root alone. Leave it out.`, {
      facts: { option: 'owner' },
    })
  return ownerOf({ uid, gid: self.gid })
}

function uidOf(name: string): number | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const uid = line?.split(':')[2]
  return uid === undefined ? undefined : Number(uid)
}
