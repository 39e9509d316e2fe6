import type { Client } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { messageOf } from '../errors/message-of.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { connectToServer } from '../postgres/source/connect-source.ts'
import type { ConnectionParameters } from '../postgres/source/source-options.ts'
import type { SessionBounds } from '../postgres/sql/bounded-client.ts'
import { endSession } from '../postgres/sql/end-session.ts'
import { createUserClient, noPassword } from '../postgres/sql/open-session.ts'
import { formatOptions, keepAlive } from '../postgres/sql/startup-options.ts'
import type { ServerAddress } from './server-address.ts'

/** A server elsewhere, with what lets us in. */
export interface Reach {
  readonly address: ServerAddress
  /** Empty: there is none, and none of the environment's or of `~/.pgpass` takes its place, which may be for another server (H92). */
  readonly password: string
}

/** Runs statements there, in the URL's database. @throws PgforkError `CONNECTION_REQUIRED`, `ACCESS_REFUSED` */
export async function withSession<T>(
  reach: Reach,
  bounds: SessionBounds,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { address } = reach
  const client = await firstOf(reach, (parameters) => connectToServer(parameters, bounds)).catch((error: unknown) => {
    throw explainRefusal(error, address, address.database)
  })
  try {
    return await use(client)
  } finally {
    await endSession(client)
  }
}

/**
 * Runs commands of the replication protocol there.
 *
 * @param settings of the session, in the place of the environment's `PGOPTIONS`, which node-postgres would pass on
 * @throws PgforkError `CONNECTION_REQUIRED`, `ACCESS_REFUSED`
 */
export async function withReplication<T>(
  reach: Reach,
  bounds: SessionBounds,
  use: (client: Client) => Promise<T>,
  settings: Readonly<Record<string, string>> = { statement_timeout: '0' },
): Promise<T> {
  const client = await firstOf(reach, async (parameters) => {
    const config = {
      ...parameters,
      replication: 'true',
      application_name: 'pgfork',
      options: formatOptions({ ...settings, ...keepAlive }),
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    }
    const opened = createUserClient(config, bounds)
    try {
      await opened.connect()
      return opened
    } catch (error) {
      await endSession(opened)
      throw error
    }
  }).catch((error: unknown) => {
    throw explainRefusal(error, reach.address, 'replication')
  })
  try {
    return await use(client)
  } finally {
    await endSession(client)
  }
}

/** Without `sslmode`, libpq takes TLS where the server has it (`prefer`), and tries without where it was refused. */
async function firstOf<T>(
  { address, password }: Reach,
  open: (parameters: ConnectionParameters) => Promise<T>,
): Promise<T> {
  const { host, port, user, database, tls } = address
  // An empty text is none to node-postgres, which then looks for one itself.
  const parameters = { host, port, user, database, password: password === '' ? noPassword : password }
  if (host.startsWith('/')) return open({ ...parameters, ssl: false })
  const { sslmode = 'prefer' } = tls
  if (sslmode !== 'prefer' && sslmode !== 'allow') return open({ ...parameters, ssl: tlsOf(tls) })
  try {
    const encrypted = tlsOf({ ...tls, sslmode: 'require' })
    const ssl = { ...(typeof encrypted === 'object' ? encrypted : {}), rejectUnauthorized: false }
    return await open({ ...parameters, ssl })
  } catch (error) {
    if (isPgforkError(error, 'ABORTED') || codeOf(error) === wrongPassword) throw error
    return open({ ...parameters, ssl: false })
  }
}

/** As libpq means it: `require` encrypts and believes any certificate, unless there is one to compare it with. */
function tlsOf(tls: Readonly<Record<string, string>>): Exclude<ConnectionParameters['ssl'], undefined> {
  const query = new URLSearchParams({ ...tls, uselibpqcompat: 'true' })
  try {
    return parseIntoClientConfig(`postgresql://host/?${query.toString()}`).ssl ?? false
  } catch (error) {
    throw new PgforkError('INVALID_OPTION', `The certificates that the URL names can't be used: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const wrongPassword = '28P01'
const noRule = '28000'
const noRight = '42501'

/** That of the server, whoever has wrapped it. */
const codeOf = (error: unknown): string | undefined => {
  const { code, cause } = error as { code?: string; cause?: unknown }
  return isPgforkError(error) ? (cause === undefined ? undefined : codeOf(cause)) : code
}

/** Servers speak their administrator's language; the codes are the same in all. */
function explainRefusal(error: unknown, address: ServerAddress, database: string): unknown {
  if (isPgforkError(error, 'ABORTED') || isPgforkError(error, 'INVALID_OPTION')) return error
  const { host, port, user } = address
  const refused = (advice: string): PgforkError =>
    new PgforkError('ACCESS_REFUSED', `The server at ${host}, port ${port}, refuses the role ${user}. ${advice}`, {
      facts: { host, port, user, database },
      cause: error,
    })
  const code = codeOf(error)
  if (code === wrongPassword || asksForPassword(error))
    return refused('Its password is wrong or missing. Give the right one in PGPASSWORD, ~/.pgpass or the URL.')
  if (code === noRule) {
    const said = messageOf(causeOf(error))
    return refused(
      `Its pg_hba.conf has no line that lets it in from here, or the role can't log in. Add there: host ${database} ${user} ` +
        `${rangeOf(said)} scram-sha-256, then SELECT pg_reload_conf(). It says: ${said}`,
    )
  }
  if (code === noRight)
    return refused(
      `It lacks a right. Run there: ALTER ROLE ${user} REPLICATION LOGIN. It says: ${messageOf(causeOf(error))}`,
    )
  if (isPgforkError(error, 'CONNECTION_REQUIRED') || isPgforkError(error, 'TIMED_OUT')) return error
  return new PgforkError(
    'CONNECTION_REQUIRED',
    `The server at ${host}, port ${port}, can't be reached: ${messageOf(error)}`,
    {
      facts: { host, port, user },
      cause: error,
    },
  )
}

/** What node-postgres (8.23) says where a server asks for a password by SCRAM, and there is none. */
const asksForPassword = (error: unknown): boolean =>
  /client password must be a (non-empty )?string/.test(messageOf(causeOf(error)))

const causeOf = (error: unknown): unknown => (isPgforkError(error) ? (error.cause ?? error) : error)

/** A server says from which address it was asked, which may be that of a router on the way. */
function rangeOf(said: string): string {
  const [address] = /\b\d+\.\d+\.\d+\.\d+\b|\b[0-9a-f]*:[0-9a-f:]+\b/i.exec(said) ?? []
  return address === undefined ? "<this machine's address>/32" : `${address}/${address.includes(':') ? 128 : 32}`
}
