import type { UserIdentity } from '../../command/command-runner.ts'
import { ownUser } from '../../command/own-user.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { userNamed } from '../../process/owner-of.ts'

/**
 * Whom the files of a remote source must belong to, so that somebody here may run a server on them: the caller himself or, for root, the
 * user `postgres` of this host. The number counts, whatever name it has on the source's host.
 *
 * @throws PgforkError `SOURCE_WRONG_OWNER` where root finds no such user
 */
export function remoteOwner(): UserIdentity {
  const self = ownUser()
  const owner = self.uid === 0 ? userNamed('postgres') : self
  if (owner !== undefined) return owner
  throw new PgforkError(
    'SOURCE_WRONG_OWNER',
    'There is no user postgres on this host, as whom root could run the fork of a source on another host. Make one with the number that ' +
      "the source's has there (useradd --uid), or fork as an ordinary user of that number.",
    { hazard: 'H63' },
  )
}
