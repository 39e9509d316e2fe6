import { readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'

const oldestMajor = 10
const newestMajor = 18

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
  const dataDirectory = await realpath(path).catch((error: unknown) => {
    throw new PgforkError('SOURCE_NOT_FOUND', `There is no source data directory ${path} that can be read.`, {
      facts: { path },
      cause: error,
    })
  })
  const { uid, gid } = await stat(dataDirectory)
  const caller = process.geteuid?.()
  if (uid === 0 || (caller !== 0 && caller !== uid))
    throw new PgforkError(
      'SOURCE_WRONG_OWNER',
      uid === 0
        ? `${dataDirectory} belongs to root, and PostgreSQL does not run as root.`
        : `${dataDirectory} belongs to user ${uid}. Fork it as that user or as root.`,
      { facts: { dataDirectory, owner: uid, caller } },
    )
  const version = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) throw notACluster(dataDirectory, error)
    throw error
  })
  await stat(join(dataDirectory, 'global', 'pg_control')).catch((error: unknown) => {
    throw notACluster(dataDirectory, error)
  })
  const major = Number.parseInt(version, 10)
  if (!(major >= oldestMajor && major <= newestMajor))
    throw new PgforkError(
      'VERSION_MISMATCH',
      `${dataDirectory} is of PostgreSQL ${version.trim()}; ${oldestMajor} to ${newestMajor} can be forked.`,
      { facts: { dataDirectory, version: version.trim() } },
    )
  return { dataDirectory, owner: { uid, gid }, major }
}

const notACluster = (dataDirectory: string, cause: unknown): PgforkError =>
  new PgforkError(
    'SOURCE_NOT_A_CLUSTER',
    `${dataDirectory} is no PostgreSQL data directory: it has no PG_VERSION or no global/pg_control. ` +
      'Name the directory that the server calls data_directory.',
    { facts: { dataDirectory }, cause },
  )
