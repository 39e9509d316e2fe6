import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner, UserIdentity } from '../command/command-runner.ts'
import { isPgforkError, PgforkError } from '../errors/pgfork-error.ts'
import { findBinaries } from '../postgres/source/find-binaries.ts'

export interface WantedPrograms {
  readonly major: number
  readonly owner: UserIdentity
  readonly binDirectory: string | undefined
  /** Besides `postgres`. */
  readonly programs: readonly string[]
  /** What else can be done where there is no such version, a sentence. */
  readonly otherwise: string
}

/**
 * The folder of PostgreSQL's programs of a major version here.
 *
 * @throws PgforkError `BINARIES_NOT_FOUND`, `VERSION_MISMATCH`
 */
export async function findPrograms(
  { major, owner, binDirectory, programs, otherwise }: WantedPrograms,
  runner: CommandRunner,
): Promise<string> {
  const found = await findBinaries({ owner, major, binDirectory }, runner).catch((error: unknown) => {
    if (!isPgforkError(error, 'BINARIES_NOT_FOUND') && !isPgforkError(error, 'VERSION_MISMATCH')) throw error
    const where = binDirectory === undefined ? 'here' : `in ${binDirectory}`
    throw new PgforkError(
      error.code,
      `The server elsewhere has PostgreSQL ${major}, which is not ${where}. Install it (Debian: postgresql-${major}), or pass the folder ` +
        `of its programs in binDirectory. ${otherwise}`,
      { facts: { major, binDirectory }, cause: error },
    )
  })
  for (const program of programs)
    await access(join(found, program), constants.X_OK).catch((cause: unknown) => {
      throw new PgforkError(
        'BINARIES_NOT_FOUND',
        `${found} has no ${program}. Install PostgreSQL's client programs (Debian: postgresql-client-${major}), or pass another binDirectory.`,
        { facts: { major, program }, cause },
      )
    })
  return found
}
