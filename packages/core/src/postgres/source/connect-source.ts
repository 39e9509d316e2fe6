import { resolve } from 'node:path'
import process from 'node:process'
import type { Client } from 'pg'
import type { UserIdentity } from '../../command/command-runner.ts'
import { messageOf } from '../../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../../errors/pgfork-error.ts'
import { userName } from '../../process/user-name.ts'
import type { PostmasterPid } from '../files/postmaster-pid.ts'
import type { SessionBounds } from '../sql/bounded-client.ts'
import { noPassword, openInternalSession, type SessionTarget } from '../sql/open-session.ts'
import { OwnedSocket } from '../sql/owned-socket.ts'
import { optionMajors } from '../sql/startup-options.ts'
import { canConnectAs, OwnerSocket } from './owner-socket.ts'
import type { ConnectionParameters } from './source-options.ts'

export interface ConnectRequest {
  readonly postmaster: PostmasterPid | undefined
  readonly owner: UserIdentity
  readonly major: number
  readonly given: ConnectionParameters | undefined
  readonly bounds: SessionBounds
}

/** A connection, or why there is none. A source that can't be connected to is forked without a checkpoint. */
export type ConnectResult =
  | ConnectedSource
  | { readonly client?: undefined; readonly connect?: undefined; readonly reason: string }

export interface ConnectedSource {
  readonly client: Client
  /** Another session, which the caller ends. Default: in the same database. */
  readonly connect: (database?: string) => Promise<Client>
  readonly reason?: undefined
}

const connectTimeoutMs = 10_000
const undefinedDatabase = '3D000'
const undefinedSetting = '42704'
const invalidAuthorization = '28000'

/** Connects to the source as its owner would, over its Unix socket, or as the caller says. */
export async function connectSource(request: ConnectRequest): Promise<ConnectResult> {
  const reasons: string[] = []
  for (const user of await candidateRoles(request))
    for (const database of candidateDatabases(request)) {
      try {
        const connect = (other = database): Promise<Client> => connectAs(request, user, other)
        return { client: await connect(), connect }
      } catch (error) {
        if (isPgforkError(error, 'ABORTED')) throw error
        reasons.push(`as ${user}: ${whyRefused(error)}`)
        if (codeOf(error) !== undefinedDatabase) break
      }
    }
  return { reason: reasons.join('; ') }
}

async function candidateRoles({ owner, given }: ConnectRequest): Promise<string[]> {
  if (given?.user !== undefined) return [given.user]
  return [...new Set([await userName(owner.uid), 'postgres'])].filter((name) => name !== undefined)
}

/** Of every cluster, unless somebody dropped the first. */
const candidateDatabases = ({ given }: ConnectRequest): string[] =>
  given?.database === undefined ? ['postgres', 'template1'] : [given.database]

/** Sockets at which this process was refused under its own user. A server writes each refusal into its log. */
const refusing = new Set<string>()

/** As the process's own user, as long as that is enough: changing it concerns every thread for a moment. */
async function connectAs(request: ConnectRequest, user: string, database: string): Promise<Client> {
  const host = hostOf(request)
  const canChange = host.startsWith('/') && canConnectAs(request.owner)
  try {
    return await open(targetOf(request, user, database, canChange && refusing.has(host)))
  } catch (error) {
    if (!canChange || refusing.has(host) || codeOf(error) !== invalidAuthorization) throw error
    const client = await open(targetOf(request, user, database, true))
    refusing.add(host)
    return client
  }
}

/** Roles that turned out to be no superusers, each with its server. */
const ordinary = new Set<string>()

async function open(target: SessionTarget): Promise<Client> {
  const key = `${target.user} ${target.host} ${target.port}`
  const { client, isOrdinary } = await openInternalSession(target, ordinary.has(key))
  if (isOrdinary) ordinary.add(key)
  return client
}

/**
 * Connects to a server of which nothing is known yet.
 *
 * @throws PgforkError `CONNECTION_REQUIRED`
 */
export async function connectToServer(given: ConnectionParameters, bounds: SessionBounds): Promise<Client> {
  const { host = 'localhost', database = 'postgres' } = given
  try {
    return await openUnknown({ ...given, host, database }, bounds)
  } catch (error) {
    if (isPgforkError(error, 'ABORTED')) throw error
    throw new PgforkError(
      'CONNECTION_REQUIRED',
      `The source's server at ${host} refuses the given connection: ${whyRefused(error)}`,
      { facts: { host }, cause: error },
    )
  }
}

/** The same, once its version is known. */
export const connectAgain = (
  { host = 'localhost', database = 'postgres', ...given }: ConnectionParameters,
  major: number,
  bounds: SessionBounds,
): Promise<Client> => open(reach({ ...given, host, database }, major, bounds))

/**
 * A server tells its version when a session has begun, and a login's event triggers have run with its rights (17 and later, H64). So what a
 * session sets for itself is that of the latest version, and of an earlier one when the server doesn't know it. It refuses that login, and
 * logs so; what was found isn't kept, since another server may have the port next time.
 */
async function openUnknown(parameters: ConnectionParameters, bounds: SessionBounds): Promise<Client> {
  const [latest, ...earlier] = optionMajors
  let session = open(reach(parameters, latest, bounds))
  for (const major of earlier)
    session = session.catch((error: unknown) => {
      if (codeOf(error) !== undefinedSetting) throw error
      return open(reach(parameters, major, bounds))
    })
  return session
}

/** node-postgres (8.23) says in words of the protocol that there was no password to give. */
export function whyRefused(error: unknown): string {
  const message = messageOf(error)
  return /client password must be a (non-empty )?string/.test(message)
    ? 'its server asks for a password, which PGPASSWORD or ~/.pgpass can hold; they count for a server of your own, and for one whose URL you give'
    : message
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string }).code

const hostOf = ({ postmaster, given }: ConnectRequest): string =>
  given?.host ?? (socketOf(postmaster) || postmaster?.listenAddress || 'localhost')

/** Its directory may be relative to the data directory, in which the server works. An abstract one (`@`) is none that pg knows. */
const socketOf = (postmaster: PostmasterPid | undefined): string | undefined =>
  !postmaster?.socketDirectory || postmaster.socketDirectory.startsWith('@')
    ? undefined
    : resolve(postmaster.dataDirectory, postmaster.socketDirectory)

function targetOf(request: ConnectRequest, user: string, database: string, asOwner: boolean): SessionTarget {
  const { postmaster, owner, major, given, bounds } = request
  const host = hostOf(request)
  return {
    ...reach(
      {
        ...given,
        ...passwordOf(request),
        host: host === '*' ? 'localhost' : host,
        port: given?.port ?? postmaster?.port ?? 5432,
        user,
        database,
      },
      major,
      bounds,
    ),
    ...(host.startsWith('/') && given?.host === undefined ? { stream: () => new OwnedSocket(owner) } : {}),
    ...(asOwner ? { stream: () => new OwnerSocket(owner) } : {}),
  }
}

/**
 * What the environment or `~/.pgpass` has for a password goes to a server that the caller names, as with every client, or that is his own. Where
 * another one listens, and what does there, is its owner's to say, and the password may be for somebody else's server (H29).
 */
function passwordOf({ given, owner }: ConnectRequest): Pick<ConnectionParameters, 'password'> {
  const isTrusted = given?.password !== undefined || given?.host !== undefined || owner.uid === process.geteuid?.()
  return isTrusted ? {} : { password: noPassword }
}

const reach = ({ ssl, ...parameters }: ConnectionParameters, major: number, bounds: SessionBounds): SessionTarget => ({
  ...parameters,
  major,
  bounds,
  connectionTimeoutMillis: connectTimeoutMs,
  // Over a Unix socket there is no TLS. What the environment says of it is about other servers.
  ssl: parameters.host?.startsWith('/') ? false : (ssl ?? false),
})
