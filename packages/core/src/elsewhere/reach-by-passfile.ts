import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import type { Reach } from './open-sessions.ts'
import { type Passfile, readPassfile } from './passfile.ts'
import type { ServerAddress } from './server-address.ts'

/**
 * As the programs of PostgreSQL reach it: by the password in a passfile, and not by what the environment has, which may be for another
 * server. A passfile that can't be read is as good as none; the server then says so.
 */
export async function reachByPassfile(
  address: ServerAddress,
  passfile: Passfile | undefined,
  owner: UserIdentity,
  runner: CommandRunner,
): Promise<Reach> {
  const password =
    passfile === undefined ? undefined : await readPassfile(passfile, address, owner, runner).catch(() => undefined)
  return { address, password: password ?? '' }
}
