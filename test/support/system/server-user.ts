import { readFileSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import type { UserIdentity } from '@pgfork/core'

/** PostgreSQL refuses to run as root: then its servers belong to `postgres`, else to `nobody`. Undefined: the current user owns them. */
export const serverUser: UserIdentity | undefined = process.geteuid?.() === 0 ? findPostgresUser() : undefined

/** Gives a file or directory to the user that the servers run as. */
export async function giveToServerUser(path: string): Promise<void> {
  if (serverUser !== undefined) await chown(path, serverUser.uid, serverUser.gid)
}

/** Where PostgreSQL comes from npm there may be no user for it. */
function findPostgresUser(): UserIdentity {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const wanted of ['postgres', 'nobody'])
    for (const line of lines) {
      const [name, , uid, gid] = line.split(':')
      if (name === wanted) return { uid: Number(uid), gid: Number(gid) }
    }
  throw new Error(
    'As root the test servers run as the user "postgres", which does not exist. Run: adduser --system postgres',
  )
}
