import type { Client } from 'pg'
import type { UserIdentity } from '../../command/command-runner.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { SessionBounds } from './bounded-client.ts'
import { endSession } from './end-session.ts'
import { noPassword, openInternalSession, openPlainSession, type SessionTarget } from './open-session.ts'
import { OwnedSocket } from './owned-socket.ts'

/** Where a fork's server listens. */
export interface ForkServer {
  readonly name: string
  readonly major: number
  readonly server: { readonly socketDirectory: string; readonly port: number }
  readonly owner: UserIdentity
  /** Where it is the source of another one. */
  readonly bounds?: SessionBounds | undefined
}

/** Sessions of a superuser in a fork, over its private socket. Disposing of it ends the first one. */
export interface SuperuserConnection extends AsyncDisposable {
  readonly role: string
  /** For our own statements (H64). */
  readonly client: Client
  /** Another such session, which the caller ends. */
  connect(database?: string): Promise<Client>
  /** A session for code of the library's caller, with the settings that the role has there otherwise. */
  connectPlainly(database: string, role: string): Promise<Client>
}

const connectTimeoutMs = 30_000
const undefinedRole = '28000'
const undefinedDatabase = '3D000'
/** Databases of every cluster, unless somebody dropped the first. */
const databases = ['postgres', 'template1'] as const

/**
 * Connects to a fork as the first of these roles that exists in it and, where that is no superuser, as one that is. No more
 * than the source's owner may be known when the source was stopped or didn't let anybody in.
 *
 * @throws PgforkError `VERIFICATION_FAILED` when no superuser can log in
 */
export async function connectAsSuperuser(fork: ForkServer, roles: readonly string[]): Promise<SuperuserConnection> {
  const { client, role, database } = await connectFirst(fork, [...new Set(roles)])
  if (await isSuperuser(client)) return superuserConnection(fork, role, database, client)
  const superuser = await findSuperuser(client)
  await endSession(client)
  if (superuser === undefined)
    throw new PgforkError('VERIFICATION_FAILED', `No superuser of the fork ${fork.name} may log in.`, {
      facts: { roles },
    })
  return superuserConnection(fork, superuser, database, await open(fork, superuser, database))
}

/** A setting, for which a server that has just been started needs no catalog. */
async function isSuperuser(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>("select current_setting('is_superuser') = 'on' as is")
  return rows[0]?.is === true
}

async function findSuperuser(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ superuser: string }>(
    'select rolname as superuser from pg_roles where rolsuper and rolcanlogin order by oid limit 1',
  )
  return rows[0]?.superuser
}

function superuserConnection(fork: ForkServer, role: string, main: string, client: Client): SuperuserConnection {
  return {
    role,
    client,
    connect: (database = main) => open(fork, role, database),
    connectPlainly: (database, other) => openPlainSession(targetOf(fork, other, database)),
    [Symbol.asyncDispose]: () => endSession(client),
  }
}

async function connectFirst(
  fork: ForkServer,
  roles: readonly string[],
): Promise<{ client: Client; role: string; database: string }> {
  let failure: unknown
  for (const role of roles)
    for (const database of databases) {
      try {
        return { client: await open(fork, role, database), role, database }
      } catch (error) {
        failure = error
        const { code } = error as { code?: string }
        if (code === undefinedRole) break
        if (code !== undefinedDatabase) throw error
      }
    }
  throw new PgforkError(
    'VERIFICATION_FAILED',
    `The fork ${fork.name} runs, but has none of the roles ${roles.join(', ')}. Pass role, the name of one of its superusers, or source.connection, which tells it.`,
    { cause: failure, facts: { roles } },
  )
}

const open = async (fork: ForkServer, role: string, database: string): Promise<Client> =>
  (await openInternalSession(targetOf(fork, role, database))).client

const targetOf = ({ server, owner, major, bounds }: ForkServer, user: string, database: string): SessionTarget => ({
  ...{ host: server.socketDirectory, port: server.port, user, database, major, bounds },
  password: noPassword,
  stream: () => new OwnedSocket(owner),
  connectionTimeoutMillis: connectTimeoutMs,
  ssl: false,
})
