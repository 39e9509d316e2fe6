import { Client, type ClientConfig } from 'pg'
import { BoundedClient, type SessionBounds } from './bounded-client.ts'
import { endSession } from './end-session.ts'
import { internalOptions, plainOptions } from './startup-options.ts'
import { withstandNonsense } from './withstand-nonsense.ts'

/** Which server, and as whom. What a session is to be like is not the caller's to say. */
export type SessionTarget = Omit<ClientConfig, 'options' | 'application_name' | 'connectionString'> & {
  readonly major: number
  /** Default: none, for a server of ours. */
  readonly bounds?: SessionBounds | undefined
}

/** A session of pgfork's own, in which nothing of the database's users takes effect (H64). */
export interface InternalSession {
  readonly client: Client
  /** The role may not set what a superuser may, and so is none. */
  readonly isOrdinary: boolean
}

const insufficientPrivilege = '42501'

/**
 * The password for a fork, whose socket asks for none. Without this node-postgres takes `PGPASSWORD` or `~/.pgpass`, and gives it to
 * whatever program of the fork's user listens there (H29).
 */
export const noPassword = (): string => ''

/** A client as its user would make it himself, not connected yet. */
export function createUserClient(connection: ClientConfig, bounds?: SessionBounds): Client {
  const client = withstandNonsense(
    bounds === undefined ? new Client(connection) : new BoundedClient(connection, bounds),
  )
  // A server that goes away is noticed by the query under way or the next one; without a listener it ends the process.
  client.on('error', () => {})
  return client
}

/** This is the only module that makes clients: a test of the repository sees to it (H64). */
async function connect({ major: _, bounds, ...config }: SessionTarget, options: string): Promise<Client> {
  const client = createUserClient({ ...config, options, application_name: 'pgfork' }, bounds)
  try {
    await client.connect()
    return client
  } catch (error) {
    await endSession(client)
    throw error
  }
}

/**
 * A session for our own statements, which nothing in the server's databases can change (H64). A superuser's also keeps event
 * triggers quiet; where the role is none, the server refuses that and logs it, which `isKnownOrdinary` spares.
 */
export async function openInternalSession(target: SessionTarget, isKnownOrdinary = false): Promise<InternalSession> {
  if (!isKnownOrdinary)
    try {
      return { client: await connect(target, internalOptions(target.major, 'superuser')), isOrdinary: false }
    } catch (error) {
      if ((error as { code?: string }).code !== insufficientPrivilege) throw error
    }
  return { client: await connect(target, internalOptions(target.major, 'ordinary')), isOrdinary: true }
}

/** A session for the caller's code: as the role has them otherwise, but that nothing cuts it short. */
export const openPlainSession = (target: SessionTarget): Promise<Client> => connect(target, plainOptions(target.major))
