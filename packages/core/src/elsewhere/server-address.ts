import { PgforkError } from '../errors/pgfork-error.ts'
import { isConnectionString, readConnection } from '../postgres/source/read-connection.ts'
import { formatOptions, keepAlive } from '../postgres/sql/startup-options.ts'

/** How to reach a server elsewhere and as whom, without its password. Plain data: it is kept in records. */
export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  /** For statements; what replicates belongs to no database. */
  readonly database: string
  /** Parameters of libpq's about TLS. */
  readonly tls: Readonly<Record<string, string>>
}

/** What else may stand in the URL: to the server's own programs and to ours it must mean the same. */
const tlsParameters = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']

const tlsModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']

/**
 * Takes the URL of a server elsewhere apart. Its password, which is kept apart from then on, stands in no error.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function readServerUrl(url: unknown, option: string): { address: ServerAddress; password: string | undefined } {
  const expected = 'a connection string such as postgresql://replicator@db.example.org:5432/postgres?sslmode=require'
  if (typeof url !== 'string' || !isConnectionString(url)) throw invalid(option, expected)
  const { host, port = 5432, user, password, database = 'postgres' } = readConnection(url, option)
  if (host === undefined || user === undefined) throw invalid(option, `one that names a host and a role: ${expected}`)
  if (typeof password === 'string' && /[\r\n]/.test(password)) throw invalid(option, 'without a line break in it')
  const tls: Record<string, string> = {}
  // `URL` knows none without a host, as a socket's may be, and its error quotes what it was given.
  for (const [name, value] of new URLSearchParams(/\?(.*)$/s.exec(url)?.[1])) {
    if (['host', 'port', 'user', 'password'].includes(name)) continue
    if (!tlsParameters.includes(name)) throw invalid(option, `without ${name}; known are ${tlsParameters.join(', ')}`)
    tls[name] = value
  }
  const { sslmode } = tls
  if (sslmode !== undefined && !tlsModes.includes(sslmode))
    throw invalid(option, `with an sslmode that there is: ${tlsModes.join(', ')}`)
  return {
    address: { host, port: Number(port), user, database, tls },
    password: typeof password === 'string' ? password : undefined,
  }
}

/** For messages and lists. */
export const describeAddress = ({ host, port, user }: ServerAddress): string => `${user} at ${host}, port ${port}`

export interface ConninfoOptions {
  readonly passfile?: string | undefined
  readonly applicationName: string
  readonly database?: string
  /** Of the server, for sessions that it sends much in. */
  readonly major?: number | undefined
}

/**
 * The same for libpq, in programs of PostgreSQL's and in `primary_conninfo`. The password stands in the file that it names. A network that
 * was cut is noticed within half a minute, at both ends: otherwise a program would wait for an answer as long as the kernel does, for hours, and
 * the server would as long keep locks and WAL for it (H94).
 */
export function formatConninfo(
  address: ServerAddress,
  { passfile, applicationName, database, major = 0 }: ConninfoOptions,
): string {
  const { host, port, user, tls } = address
  const parameters = {
    ...{ host, port: String(port), user },
    ...(database === undefined ? {} : { dbname: database }),
    ...(passfile === undefined ? {} : { passfile }),
    ...tls,
    application_name: applicationName,
    connect_timeout: '10',
    ...{ keepalives_idle: '10', keepalives_interval: '5', keepalives_count: '3' },
    options: formatOptions({ ...keepAlive, ...(major >= 12 ? { tcp_user_timeout: sendTimeoutMs } : {}) }),
  }
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ')
}

/**
 * What is under way when the network is cut, Linux sends again for a quarter of an hour, and no keepalive counts meanwhile. This takes the place of
 * both. Not shorter: it also ends the session of a program that lives and reads nothing for as long, since its disk is slow.
 */
const sendTimeoutMs = '120000'

const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const invalid = (option: string, expected: string): PgforkError =>
  new PgforkError('INVALID_OPTION', `${option} must be ${expected}.`, { facts: { option } })
