import { parseIntoClientConfig } from 'pg-connection-string'
import { invalidSecret } from '../../errors/invalid-option.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { isObject, isText } from '../../options/checks.ts'
import { nearestName } from '../../options/nearest-name.ts'
import type { ConnectionParameters } from './source-options.ts'

export const isConnectionString = (text: string): boolean => /^postgres(ql)?:\/\//i.test(text)

/**
 * What was meant for one, and would be quoted as a path that isn't there, with its password: one of another kind, in quotes as they come out of a
 * file of variables, behind a blank or the variable's name, without a slash or the scheme, or in libpq's other form.
 */
export const isMeantForConnection = (text: string): boolean =>
  /^[^/.]*:\/|^(?:\/\/)?[^/]*:[^/]*@/.test(text) ||
  /^(?![./]).*\b(?:host|hostaddr|port|dbname|user|password|service)\s*=/s.test(text)

/**
 * How to connect, from a connection string or options of `pg.Client`. What is wrong is told by its name alone, since any of
 * it may be a secret.
 *
 * @param option what the caller calls it: `source.connection`
 * @throws PgforkError `INVALID_OPTION`
 */
export function readConnection(given: unknown, option: string): ConnectionParameters {
  if (typeof given === 'string') return parseConnectionString(given, option)
  if (!isObject(given) || typeof given.query === 'function')
    throw invalidSecret(option, 'a connection string, or options of pg.Client')
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined && !ignored.includes(name)) throw unknownField(option, name)
    if (field !== undefined && value !== undefined && !field.isRight(value))
      throw invalidSecret(`${option}.${name}`, field.expected)
  }
  const { connectionString } = given
  // As in pg itself, what the string says counts.
  return { ...pick(given), ...(isText(connectionString) ? parseConnectionString(connectionString, option) : {}) }
}

/** Whether an object without a data directory is one that says how to connect. */
export const isConnection = (given: object): boolean =>
  Object.entries(given).some(([name, value]) => value !== undefined && Object.hasOwn(fields, name))

function parseConnectionString(text: string, option: string): ConnectionParameters {
  const expected = 'a connection string such as postgresql://user@host:5432/database'
  if (!isConnectionString(text) || text.includes('\0')) throw invalidSecret(option, expected)
  if (endsInPassword.test(text))
    throw invalidSecret(option, `${expected}; in a password, @ is written as %40, / as %2F and # as %23`)
  const parameters = parseUrl(text, option, expected)
  const unheeded = elsewhere.find((name) => Object.hasOwn(parameters, name))
  if (unheeded !== undefined) throw invalidSecret(option, `without ${unheeded}, which pgfork does not know`)
  if (!isOneHost(parameters.host ?? '')) throw invalidSecret(option, 'that of one host')
  return pick({ ...parameters, ...databaseOf(text) })
}

/** Where @, / or # cut a password off, its rest would be taken for a host and a database, and stand in errors as such. */
const endsInPassword = /#|^[^/]*\/\/[^/?]*@[^/?]*\/[^?]*@/

/** node-postgres leaves `%40`, `%2F` and the like in it, and takes what no `%` can mean as it stands. */
function databaseOf(text: string): Pick<ConnectionParameters, 'database'> {
  const [, path = ''] = /^[^/]*\/\/[^/?]*\/([^?]+)/.exec(text) ?? []
  try {
    return path === '' ? {} : { database: decodeURIComponent(path) }
  } catch {
    return {}
  }
}

/** Parameters of libpq's that say which server or database is meant, and that node-postgres passes over. */
const elsewhere = ['service', 'servicefile', 'hostaddr', 'dbname']

const isOneHost = (host: string): boolean => !host.includes(',')

function parseUrl(text: string, option: string, expected: string): ReturnType<typeof parseIntoClientConfig> {
  try {
    return parseIntoClientConfig(text)
  } catch (error) {
    // Without it as a cause: the error of a URL quotes the URL.
    const isFile = (error as NodeJS.ErrnoException).syscall === 'open'
    throw invalidSecret(option, isFile ? 'one whose certificate files can be read' : expected)
  }
}

interface Field {
  readonly expected: string
  isRight(value: unknown): boolean
}

const text: Field = { expected: 'text', isRight: isText }

const describePort = (value: unknown): string => (typeof value === 'number' || isText(value) ? String(value) : '')

const fields: Readonly<Record<string, Field>> = {
  connectionString: text,
  host: { expected: 'one host', isRight: (value) => isText(value) && isOneHost(value) },
  port: {
    expected: 'a port',
    isRight: (value) => /^[1-9]\d{0,4}$/.test(describePort(value)) && Number(value) < 65_536,
  },
  user: text,
  password: { expected: 'text, or a function', isRight: (value) => isText(value) || typeof value === 'function' },
  database: text,
  ssl: {
    expected: 'true, false, or options of TLS',
    isRight: (value) => typeof value === 'boolean' || isObject(value),
  },
}

/** The names alone, for who looks for one in the wrong place. */
export const connectionShape = Object.fromEntries(Object.keys(fields).map((name) => [name, () => {}]))

/** Other options of `pg.Client` and `pg.Pool`: no mistake, and of no effect on our own sessions. */
const ignored = [
  'application_name',
  'fallback_application_name',
  'keepAlive',
  'keepAliveInitialDelayMillis',
  'statement_timeout',
  'query_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'connectionTimeoutMillis',
  'types',
  'options',
  'client_encoding',
  'max',
  'min',
  'maxUses',
  'maxLifetimeSeconds',
  'idleTimeoutMillis',
  'allowExitOnIdle',
  'log',
]

/** What is empty in a connection string is left out of it. */
function pick(given: Readonly<Record<string, unknown>> | object): ConnectionParameters {
  const { host, port, user, password, database, ssl } = given as ConnectionParameters
  const known = Object.entries({ host, port: port && Number(port), user, password, database, ssl })
  return Object.fromEntries(known.filter(([, value]) => value !== undefined && value !== null && value !== ''))
}

function unknownField(option: string, name: string): PgforkError {
  const known = Object.keys(fields)
  const suggestion = nearestName(name, known)
  const hint = suggestion === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${suggestion}?`
  return new PgforkError('INVALID_OPTION', `${option} has no option ${JSON.stringify(name)}. ${hint}`, {
    facts: { option, suggestion, known },
  })
}
