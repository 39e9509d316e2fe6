import { realpath } from 'node:fs/promises'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { linkRefused } from '../files/link-refused.ts'

const oldestMajor = 10
const newestMajor = 18
/** A number and the end of a line. */
const mostBytes = 64

export interface DataDirectory {
  readonly dataDirectory: string
  readonly owner: UserIdentity
  readonly major: number
}

/**
 * That a path is a data directory which the caller may work with. The server will run as its owner, so the caller is
 * that owner or root; and never as root, which PostgreSQL refuses.
 *
 * @throws PgforkError `SOURCE_NOT_FOUND`, `SOURCE_NOT_A_CLUSTER`, `SOURCE_WRONG_OWNER`, `VERSION_MISMATCH`
 */
export async function checkDataDirectory(path: string): Promise<DataDirectory> {
  using directory = await open(path)
  const { path: dataDirectory, stats } = directory
  const { uid, gid } = stats
  const caller = process.geteuid?.()
  if (uid === 0 || (caller !== 0 && caller !== uid))
    throw new PgforkError(
      'SOURCE_WRONG_OWNER',
      uid === 0
        ? `${dataDirectory} belongs to root, and PostgreSQL does not run as root.`
        : `${dataDirectory} belongs to user ${uid}. Fork it as that user or as root.`,
      { facts: { dataDirectory, owner: uid, caller } },
    )
  const version = readVersion(directory)
  const major = Number.parseInt(version, 10)
  if (!(major >= oldestMajor && major <= newestMajor))
    throw new PgforkError(
      'VERSION_MISMATCH',
      `${dataDirectory} is of PostgreSQL ${version.trim()}; ${oldestMajor} to ${newestMajor} can be forked.`,
      { facts: { dataDirectory, version: version.trim() } },
    )
  return { dataDirectory, owner: { uid, gid }, major }
}

async function open(path: string): Promise<Directory> {
  const notFound = (error: unknown): never => {
    throw new PgforkError('SOURCE_NOT_FOUND', `There is no source data directory ${path} that can be read.`, {
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

/** Of the cluster's files, as `PG_VERSION` says it. */
function readVersion(dataDirectory: Directory): string {
  for (const name of ['PG_VERSION', 'global']) if (dataDirectory.isLink(name)) throw linkRefused(name, 'H1')
  try {
    const version = dataDirectory.read('PG_VERSION', mostBytes).toString('latin1')
    using global = dataDirectory.openDirectory('global')
    if (global.look('pg_control') !== undefined) return version
  } catch (error) {
    throw notACluster(dataDirectory.path, error)
  }
  throw notACluster(dataDirectory.path, undefined)
}

const notACluster = (dataDirectory: string, cause: unknown): PgforkError =>
  new PgforkError(
    'SOURCE_NOT_A_CLUSTER',
    `${dataDirectory} is no PostgreSQL data directory: it has no PG_VERSION or no global/pg_control. ` +
      'Name the directory that the server calls data_directory.',
    { facts: { dataDirectory }, cause },
  )
