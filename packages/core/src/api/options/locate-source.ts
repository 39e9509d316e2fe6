import { readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { invalidOption } from '../../errors/invalid-option.ts'
import { Directory } from '../../files/directory.ts'
import { type NamedFiles, namedFiles } from '../../files/named-files.ts'
import type { Fork } from '../../fork/fork.ts'
import { placeOfFork } from '../../fork/fork-handle.ts'
import { findServer } from '../../postgres/server/find-server.ts'
import { checkDataDirectory } from '../../postgres/source/check-data-directory.ts'
import { findDataDirectory } from '../../postgres/source/find-data-directory.ts'
import { inspectRemote } from '../../postgres/source/inspect-remote.ts'
import { type InspectedSource, inspectSource } from '../../postgres/source/inspect-source.ts'
import type { SourceAccess } from '../../postgres/source/source-access.ts'
import type { LocatedSource } from '../../postgres/source/source-options.ts'
import { connectAsSuperuser } from '../../postgres/sql/connect-as-superuser.ts'
import type { GivenCluster } from './read-source.ts'

/** Of a configuration file. */
const mostBytes = 1024 * 1024

/** A source that was looked at, and the database of its connection. */
export interface InspectedGiven {
  readonly source: InspectedSource
  readonly database: string | undefined
  /** Its data directory, as it was given or as its server says. */
  readonly dataDirectory: string
}

/**
 * Looks at a source wherever it is: at its files, or by SQL where only its own host has them.
 *
 * @param meanwhile what is done with the path of its data directory, where that is on this host
 */
export async function inspectGiven(
  given: GivenCluster,
  access: SourceAccess,
  meanwhile?: (dataDirectory: string) => Promise<void>,
): Promise<InspectedGiven> {
  if (given.kind === 'remote') {
    const source = await inspectRemote(given, access)
    return { source, database: given.connection.database, dataDirectory: source.inspection.dataDirectory }
  }
  const guessed = given.kind === 'fork' ? await inspectByGuess(given.fork, access, meanwhile) : undefined
  if (guessed !== undefined) return guessed
  const located = await locateSource(given, access)
  const { database } = located.connection ?? located.guess ?? {}
  return { source: await inspectSource(located, access, meanwhile), database, dataDirectory: located.dataDirectory }
}

/** Finds the data directory of a source, where it was not given itself. */
export async function locateSource(source: GivenCluster, access: SourceAccess): Promise<LocatedSource> {
  if (source.kind === 'remote')
    throw invalidOption(
      'source',
      "one on this host: this needs its files, which a source's volume on another host doesn't show",
      source.volume.volume,
    )
  if (source.kind === 'directory') return source
  if (source.kind === 'elsewhere') return source.locate(access)
  if (source.kind === 'fork') return locateFork(source.fork, access)
  const connection = { host: 'localhost', ...source.connection }
  return { ...source, connection, dataDirectory: await findDataDirectory(connection, access.sourceBounds) }
}

/** The same, where it is only a name: that of a source which may be gone. */
export async function locateDataDirectory(source: GivenCluster, access: SourceAccess): Promise<string> {
  const { dataDirectory } = await locateSource(source, access)
  return whereItLed(resolve(dataDirectory))
}

/** Where a path leads; of one whose end is gone, where it would lie by what is there of it. */
async function whereItLed(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const above = dirname(path)
    if (!isSystemError(error, 'ENOENT') || above === path) return path
    const folder = await whereItLed(above)
    // It may be a link to what is gone.
    const target = await readlink(path).catch(() => undefined)
    return target === undefined ? join(folder, basename(path)) : whereItLed(resolve(folder, target))
  }
}

/** Those in the data directory through it: above it, the folders of an engine's volumes are closed to their owner. */
function ownFiles(dataDirectory: string, owner: UserIdentity, runner: CommandRunner): NamedFiles {
  const named = namedFiles(owner, runner)
  return {
    ...named,
    async readText(path) {
      if (dirname(path) !== dataDirectory) return named.readText(path)
      using directory = Directory.open(dataDirectory)
      return directory.readText(basename(path), mostBytes)
    },
  }
}

/** Most forks are handed out to a superuser, as whom another session needn't find one. Undefined where this one isn't, or isn't let in. */
async function inspectByGuess(
  fork: Fork,
  access: SourceAccess,
  meanwhile?: (dataDirectory: string) => Promise<void>,
): Promise<InspectedGiven | undefined> {
  const { dataDirectory, connection } = fork
  const { user, database } = connection
  // Where it listens, its lock file says.
  const guess = { user, database }
  const located = { dataDirectory, guess, ...(await elsewhereOf(fork, access)) }
  const source = await inspectSource(located, access, meanwhile)
  const { server, hidden, role } = source.inspection
  const isStopped = server === undefined && hidden === undefined
  if (isStopped || source.client?.user === role) return { source, database, dataDirectory }
  await source[Symbol.asyncDispose]()
  return undefined
}

/** Where a fork's server runs, if not on this machine: its data directory has the same path there. */
async function elsewhereOf(
  fork: Fork,
  { runner }: SourceAccess,
): Promise<Pick<LocatedSource, 'elsewhere'> | undefined> {
  const place = placeOfFork(fork)
  if (place === undefined) return undefined
  const { dataDirectory } = fork
  const { owner } = await checkDataDirectory(dataDirectory)
  return { elsewhere: { ...place, dataDirectory, files: ownFiles(dataDirectory, owner, runner) } }
}

/** A fork of a fork: its private socket asks for no password, so that its superuser can be found, whatever role it is used as. */
async function locateFork(fork: Fork, access: SourceAccess): Promise<LocatedSource> {
  const { name, dataDirectory, connection } = fork
  const { runner, sourceBounds: bounds } = access
  const { major, owner } = await checkDataDirectory(dataDirectory)
  const elsewhere = await elsewhereOf(fork, access)
  const own = { socketDirectory: connection.host }
  if ((await findServer(dataDirectory, runner, own)).status === 'none')
    return { dataDirectory, role: connection.user, ...elsewhere }
  const { host, port, user } = connection
  const server = { socketDirectory: host, port }
  await using superuser = await connectAsSuperuser({ name, major, server, owner, bounds }, [user])
  // Where it listens, its lock file says.
  return { dataDirectory, connection: { user: superuser.role, database: connection.database }, ...elsewhere }
}
