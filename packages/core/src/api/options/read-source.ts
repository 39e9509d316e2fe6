import { invalidOption, invalidSecret } from '../../errors/invalid-option.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Fork } from '../../fork/fork.ts'
import type { ImportedDatabase } from '../../import/imported-database.ts'
import { validateName } from '../../names/validate-name.ts'
import { group } from '../../options/check-options.ts'
import { checkingSecret, isObject, isPath, isText, type OptionCheck } from '../../options/checks.ts'
import {
  connectionShape,
  isConnection,
  isConnectionString,
  isMeantForConnection,
  readConnection,
} from '../../postgres/source/read-connection.ts'
import type {
  ConnectionParameters,
  LocatedSource,
  RemoteSource,
  SourceConnection,
  SourceElsewhere,
  SourceOptions,
} from '../../postgres/source/source-options.ts'
import type { ClusterSnapshot } from '../../snapshot/cluster-snapshot.ts'
import type { Standby } from '../../standby/standby.ts'
import type { VolumeReference } from '../../storage/driver/snapshot-driver.ts'

/**
 * What a fork or a snapshot can be made of: a data directory; a connection string, or options of `pg.Client`, of a server on
 * this machine; both, and more, as `SourceOptions`; a connection and the volume of a server on another host; another fork; a standby or an import
 * of a server elsewhere; or what another package finds, such as `container()` of `@pgfork/containers`.
 */
export type Source = string | SourceConnection | SourceOptions | Fork | Standby | ImportedDatabase | SourceElsewhere

/** A source as it was given, that a snapshot has to be taken of. */
export type GivenCluster =
  | {
      readonly kind: 'directory'
      readonly dataDirectory: string
      readonly connection?: ConnectionParameters
      readonly binDirectory?: string
    }
  | { readonly kind: 'server'; readonly connection: ConnectionParameters; readonly binDirectory?: string }
  | { readonly kind: 'fork'; readonly fork: Fork }
  | SourceElsewhere
  | ({ readonly kind: 'remote' } & RemoteSource)

export type GivenSource = GivenCluster | { readonly kind: 'snapshot'; readonly snapshot: ClusterSnapshot }

const expected =
  'a data directory, a connection string, options of pg.Client, { dataDirectory, connection, binDirectory }, { connection, volume }, a fork or a snapshot'

/**
 * The one place that tells what a `source` is. No value of it stands in an error: there may be a password in it.
 *
 * @throws PgforkError `INVALID_OPTION`
 */
export function readSource(source: unknown): GivenSource {
  if (typeof source === 'string') return readText(source)
  if (!isObject(source)) throw invalidSource(source === undefined ? 'which is missing' : `not ${describeKind(source)}`)
  if (source.kind === 'snapshot') return { kind: 'snapshot', snapshot: readSnapshot(source) }
  if (['elsewhere', 'standby', 'import'].includes(source.kind as string)) return readElsewhere(source)
  if (source.kind === 'fork') return { kind: 'fork', fork: readFork(source) }
  if (typeof source.query === 'function' || Array.isArray(source)) throw invalidSource(`not ${describeKind(source)}`)
  const { dataDirectory, connection, binDirectory, volume, ...others } = source
  const hasOptions = [dataDirectory, connection, binDirectory, volume].some((value) => value !== undefined)
  return !hasOptions && isConnection(others)
    ? { kind: 'server', connection: readConnection(others, 'source') }
    : readSourceOptions(withoutUndefined(source))
}

/** An option of `pg.Client` that is undefined says nothing, and so isn't one in the wrong place. */
const withoutUndefined = (source: object): SourceOptions =>
  Object.fromEntries(
    Object.entries(source).filter(([name, value]) => value !== undefined || !Object.hasOwn(connectionShape, name)),
  )

/** The same where a snapshot won't do. @throws PgforkError `INVALID_OPTION` */
export function readGivenCluster(source: unknown): GivenCluster {
  const given = readSource(source)
  if (given.kind !== 'snapshot') return given
  throw invalidOption('source', 'a cluster or a fork of one', `the snapshot ${given.snapshot.name}`)
}

/** It is found by its name and the time of its creation. */
function readSnapshot(source: Record<string, unknown>): ClusterSnapshot {
  validateName(source.name)
  const { createdAt } = source
  if (!isObject(createdAt) || typeof createdAt.toISOString !== 'function' || Number.isNaN(Number(createdAt)))
    throw invalidSource('and this object says it is a snapshot, but no function of pgfork returned it')
  return source as unknown as ClusterSnapshot
}

/** It finds itself. */
function readElsewhere(source: Record<string, unknown>): SourceElsewhere {
  const { name, locate } = source
  if (!isText(name) || typeof locate !== 'function')
    throw invalidSource('and this object says it is a source, but no function of pgfork returned it')
  return { kind: 'elsewhere', name, locate: (access) => locate.call(source, access) as Promise<LocatedSource> }
}

/** It is found by its data directory. */
function readFork(source: Record<string, unknown>): Fork {
  const { name, dataDirectory, connection } = source
  if (![name, dataDirectory].every(isText) || !isObject(connection) || !isText(connection.host))
    throw invalidSource('and this object says it is a fork, but no function of pgfork returned it')
  return source as unknown as Fork
}

function readText(text: string): GivenSource {
  if (isConnectionString(text)) return { kind: 'server', connection: readConnection(text, 'source') }
  if (text === '' || !isText(text)) throw invalidSource('not an empty text, nor one with a zero in it')
  if (isMeantForConnection(text))
    throw invalidSource('and a connection string begins with postgresql:// or postgres://')
  return { kind: 'directory', dataDirectory: text }
}

function readSourceOptions(source: SourceOptions): GivenSource {
  checkSourceOptions(source, 'source', 'pgfork')
  const { dataDirectory, binDirectory, volume, directory } = source
  const more = {
    ...(source.connection === undefined ? {} : { connection: readConnection(source.connection, 'source.connection') }),
    ...(binDirectory === undefined ? {} : { binDirectory }),
  }
  if (volume !== undefined) return readRemote(source, volume, more)
  if (directory !== undefined) throw invalidSecret('source.directory', 'left out without source.volume')
  if (dataDirectory !== undefined) return { kind: 'directory', dataDirectory, ...more }
  const { connection } = more
  if (connection !== undefined && (typeof source.connection === 'string' || isConnection(source.connection ?? {})))
    return { kind: 'server', ...more, connection }
  throw invalidSource('and this object has neither dataDirectory nor connection')
}

/** What goes over a network is encrypted, or somebody there could read the password, or answer in the server's place. */
function readRemote(
  { dataDirectory, directory }: SourceOptions,
  volume: VolumeReference,
  { connection, ...more }: { readonly connection?: ConnectionParameters; readonly binDirectory?: string },
): GivenSource {
  if (dataDirectory !== undefined)
    throw invalidSecret('source.dataDirectory', 'left out with source.volume: the server says where it is')
  if (connection === undefined) throw invalidSource('and one with a volume needs a connection')
  const { host = 'localhost', ssl } = connection
  if (!isThisHost(host) && (ssl === undefined || ssl === false))
    throw invalidOption(
      'source.connection',
      'one by TLS, for a server on another host: ssl: true or its options, or ?sslmode=verify-full in a connection string',
      'one without',
    )
  return { kind: 'remote', connection, volume, ...(directory === undefined ? {} : { directory }), ...more }
}

/** A tunnel ends here, too. */
const isThisHost = (host: string): boolean => host.startsWith('/') || /^(?:localhost|127\.[\d.]+|::1)$/.test(host)

const isReference = (value: unknown): boolean => isObject(value) && isText(value.driver) && isText(value.volume)

/** From `..` on, and `/`, it would lead out of the volume. */
const isPathOnVolume = (value: unknown): boolean =>
  isText(value) && value.split('/').every((part) => part !== '' && part !== '.' && part !== '..')

/** `readConnection` tells what it is. */
const connectionCheck: OptionCheck = Object.assign(() => {}, { shape: connectionShape })
const checkSourceOptions = group<SourceOptions>({
  dataDirectory: checkingSecret('a path', (value) => isPath(value) && !isMeantForConnection(value)),
  binDirectory: checkingSecret('a path', isPath),
  connection: connectionCheck,
  volume: checkingSecret('a volume by name: { driver, volume }', isReference),
  directory: checkingSecret('a path relative to the root of the volume', isPathOnVolume),
})

const invalidSource = (found: string): PgforkError =>
  new PgforkError('INVALID_OPTION', `source must be ${expected}, ${found}.`, { facts: { option: 'source' } })

const describeKind = (source: unknown): string => {
  if (source === null) return 'null'
  if (Array.isArray(source)) return 'an array'
  return isObject(source) && typeof source.query === 'function' ? 'a client of pg' : `a ${typeof source}`
}
