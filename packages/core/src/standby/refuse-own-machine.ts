import { lookup } from 'node:dns/promises'
import { statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { describeAddress, type ServerAddress } from '../elsewhere/server-address.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { listeningUsers } from '../process/listening-users.ts'

/**
 * H127: what the primary writes of a tablespace that is made later names its folder, and the standby's replay writes to that very folder. On one
 * machine it would change the primary's own files, if both servers run as one user.
 *
 * @throws PgforkError `SETTING_REFUSED`
 */
export async function refuseOwnMachine(address: ServerAddress, owner: UserIdentity): Promise<void> {
  if (!(await runsHereAs(address, owner))) return
  throw new PgforkError(
    'SETTING_REFUSED',
    `The server of ${describeAddress(address)} runs on this machine, as the user that the standby would run as. A tablespace that somebody makes there later is made ` +
      'by a standby at the same path, and both would write to the same files. Fork that server itself by its data directory; or have the standby run ' +
      'as another user (owner, --owner); or, if nobody makes tablespaces there, say primaryIsHere (--primary-is-here).',
    { hazard: 'H127', facts: { host: address.host, port: address.port, uid: owner.uid } },
  )
}

/** What can't be told counts as the same user. */
async function runsHereAs({ host, port }: ServerAddress, { uid }: UserIdentity): Promise<boolean> {
  if (host.startsWith('/')) {
    const socket = statSync(join(host, `.s.PGSQL.${port}`), { throwIfNoEntry: false })
    return socket === undefined || socket.uid === uid
  }
  const found = await lookup(host, { all: true }).catch(() => [])
  if (!found.some(({ address }) => isOwnAddress(address))) return false
  // Where that isn't told, anybody may. A port that nobody of this network listens at leads on, into a container.
  return listeningUsers(port)?.includes(uid) ?? true
}

function isOwnAddress(address: string): boolean {
  if (/^(?:127\.|::ffff:127\.)/.test(address) || address === '::1') return true
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address))
}
