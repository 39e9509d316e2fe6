import { realpath } from 'node:fs/promises'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { ownerOf } from '../../process/owner-of.ts'
import { linkRefused } from '../files/link-refused.ts'

const oldestMajor = 10
const newestMajor = 18
/** A number and the end of a line. */
const mostBytes = 64

/** What is known of a data directory by looking at it. */
export interface DataDirectory {
  readonly dataDirectory: string
  readonly owner: UserIdentity
  readonly major: number
}

/**
 * Checks that a path is a data directory that the caller may fork. The fork's server runs as its owner, so the caller must be
 * that owner or root. PostgreSQL refuses to run as root.
 *
 * @throws PgforkError `SOURCE_NOT_FOUND`, `SOURCE_NOT_A_CLUSTER`, `SOURCE_WRONG_OWNER`, `VERSION_MISMATCH`
 */
export async function checkDataDirectory(path: string): Promise<DataDirectory> {
  using directory = await open(path)
  const { path: dataDirectory, stats } = directory
  const owner = ownerOf(stats)
  const refusal = refuseOwner(dataDirectory, owner.uid)
  const version = readVersion(directory, refusal)
  if (refusal !== undefined) throw refusal
  const major = Number.parseInt(version, 10)
  if (!(major >= oldestMajor && major <= newestMajor))
    throw new PgforkError(
      'VERSION_MISMATCH',
      `${dataDirectory} was made by PostgreSQL ${version.trim()}. pgfork supports ${oldestMajor} to ${newestMajor}.`,
      { facts: { dataDirectory, version: version.trim() } },
    )
  return { dataDirectory, owner, major }
}

function refuseOwner(dataDirectory: string, owner: number): PgforkError | undefined {
  const caller = process.geteuid?.()
  if (owner !== 0 && (caller === 0 || caller === owner)) return undefined
  return new PgforkError(
    'SOURCE_WRONG_OWNER',
    owner === 0
      ? `${dataDirectory} belongs to root, and PostgreSQL does not run as root. Give it to the user who runs the server.`
      : `${dataDirectory} belongs to the user ${owner}. Fork it as that user or as root.`,
    { facts: { dataDirectory, owner, caller } },
  )
}

async function open(path: string): Promise<Directory> {
  const notFound = (error: unknown): never => {
    throw new PgforkError('SOURCE_NOT_FOUND', `The source ${path} does not exist or cannot be read.`, {
      facts: { path },
      cause: error,
    })
  }
  const real = await realpath(path).catch(notFound)
  try {
    return Directory.open(real)
  } catch (error) {
    if (isSystemError(error, 'ENOTDIR')) throw notACluster(real, error)
    return notFound(error)
  }
}

/**
 * Of the cluster's files, as `PG_VERSION` says it. What isn't a cluster is refused as such, whoever owns it; what can't be read
 * is refused for its owner.
 */
function readVersion(dataDirectory: Directory, refusal: PgforkError | undefined): string {
  for (const name of ['PG_VERSION', 'global']) if (dataDirectory.isLink(name)) throw linkRefused(name, 'H1')
  try {
    const version = dataDirectory.read('PG_VERSION', mostBytes).toString('latin1')
    using global = dataDirectory.openDirectory('global')
    if (global.look('pg_control') !== undefined) return version
  } catch (error) {
    throw refusal !== undefined && isSystemError(error, 'EACCES') ? refusal : notACluster(dataDirectory.path, error)
  }
  throw notACluster(dataDirectory.path, undefined)
}

const notACluster = (dataDirectory: string, cause: unknown): PgforkError =>
  new PgforkError(
    'SOURCE_NOT_A_CLUSTER',
    `${dataDirectory} is not a PostgreSQL data directory: PG_VERSION or global/pg_control is missing. ` +
      'Use the directory that `SHOW data_directory` names.',
    { facts: { dataDirectory }, cause },
  )
