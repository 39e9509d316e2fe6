import { access, constants, readlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import type { CommandRunner, UserIdentity } from '../../command/command-runner.ts'
import { CommandError } from '../../errors/command-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { Directory } from '../../files/directory.ts'
import { readLastStart } from '../files/last-start.ts'

export interface FindBinariesRequest {
  /** What its last server was started with comes first. Left out: nothing that stands in it is believed. */
  readonly dataDirectory?: string
  /** Who named the folders that his files tell, and will run the server: whatever is tried runs as this user (H62). */
  readonly owner: UserIdentity
  readonly major: number
  /** The caller's choice: it is taken or refused, never replaced. */
  readonly binDirectory?: string | undefined
  /** The running server, whose own binaries are the best choice. */
  readonly pid?: number | undefined
}

/**
 * The folder of the server binaries of the cluster's own major version.
 *
 * @throws PgforkError `BINARIES_NOT_FOUND`, `VERSION_MISMATCH`
 */
export async function findBinaries(request: FindBinariesRequest, runner: CommandRunner): Promise<string> {
  const { owner, major } = request
  if (request.binDirectory !== undefined) {
    // It is recorded, and a server works in its data directory.
    const binDirectory = resolve(request.binDirectory)
    const found = await versionOf(binDirectory, owner, runner)
    if (found === undefined) throw notFound(major, [binDirectory])
    if (found !== major)
      throw new PgforkError(
        'VERSION_MISMATCH',
        `The server binaries in ${binDirectory} have version ${found}, but the source has version ${major}. ` +
          `Pass the folder of version ${major} in source.binDirectory.`,
        { facts: { binDirectory, found, expected: major } },
      )
    return binDirectory
  }
  const candidates = await candidateFolders(request)
  for (const folder of candidates) if ((await versionOf(folder, owner, runner)) === major) return folder
  throw notFound(major, candidates)
}

async function candidateFolders({ dataDirectory, major, pid }: FindBinariesRequest): Promise<string[]> {
  const running = pid === undefined ? undefined : await readlink(`/proc/${pid}/exe`).catch(() => undefined)
  // postmaster.opts outlives the server and begins with the path of its executable.
  const last = dataDirectory === undefined ? undefined : lastExecutable(dataDirectory)
  const path = (process.env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'))
  return [
    ...(running === undefined ? [] : [dirname(running)]),
    ...(last?.startsWith('/') ? [dirname(last)] : []),
    `/usr/lib/postgresql/${major}/bin`,
    `/usr/pgsql-${major}/bin`,
    `/usr/local/opt/postgresql@${major}/bin`,
    `/opt/homebrew/opt/postgresql@${major}/bin`,
    '/usr/local/pgsql/bin',
    ...path,
  ]
}

function lastExecutable(path: string): string | undefined {
  using dataDirectory = Directory.open(path)
  return readLastStart(dataDirectory).split(' ')[0]
}

const versions = new Map<string, number>()

/**
 * A folder's version is asked for once: binaries don't change their major version under a running process. Callers at the
 * same time ask each for itself, since each has a signal of its own.
 */
async function versionOf(folder: string, owner: UserIdentity, runner: CommandRunner): Promise<number | undefined> {
  const known = versions.get(folder)
  if (known !== undefined) return known
  const found = await askVersion(folder, owner, runner)
  if (found !== undefined) versions.set(folder, found)
  return found
}

async function askVersion(folder: string, owner: UserIdentity, runner: CommandRunner): Promise<number | undefined> {
  const file = join(folder, 'postgres')
  const isThere = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  const stdout = await runner.run(file, ['--version'], { user: owner }).then(
    (result) => result.stdout,
    (error: unknown) => {
      // What its user can't run is no server for him.
      if (error instanceof CommandError && error.code === 'COMMAND_FAILED') return ''
      throw error
    },
  )
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]
  return major === undefined ? undefined : Number(major)
}

const notFound = (major: number, searched: readonly string[]): PgforkError =>
  new PgforkError(
    'BINARIES_NOT_FOUND',
    `No server binaries of PostgreSQL ${major} were found in ${[...new Set(searched)].join(', ')}. ` +
      `Install them (Debian: postgresql-${major}) or pass their folder in source.binDirectory.`,
    { facts: { major, searched } },
  )
