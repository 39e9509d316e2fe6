import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { UserIdentity } from '../command/command-runner.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { Directory } from '../files/directory.ts'
import { randomCharacters } from '../names/random-characters.ts'
import type { Operation } from '../operation/operation.ts'
import { makeOutsideFolder, planOutsideFolder, removeOutsideFolder } from '../postgres/files/socket-directory.ts'
import { identifySelf } from '../process/process-identity.ts'
import { type FetchRecord, fetchStore } from '../records/fetch-record.ts'
import type { StateDirectory } from '../state/state-directory.ts'

/** Where fetched WAL lies while an operation needs it. */
export interface FetchFolders {
  readonly record: FetchRecord
  /** In the state directory: what was fetched. */
  readonly kept: Directory
}

/**
 * Makes the two folders of what is fetched. The command runs as the owner of the source, who can't enter the state directory: it copies each file
 * to a folder of his, from which it is taken over at once.
 */
export async function makeFetchFolders(
  { state, runner }: Operation,
  { uid, gid }: UserIdentity,
): Promise<FetchFolders> {
  const record: FetchRecord = {
    version: 1,
    name: `wal-${randomCharacters(12)}`,
    createdAt: new Date().toISOString(),
    maker: await identifySelf(runner),
    landing: planOutsideFolder(),
    owner: { uid, gid },
  }
  await fetchStore(state).create(record)
  try {
    mkdirSync(keptPath(state, record), { mode: 0o700 })
    makeOutsideFolder(record.landing, record.owner)
    return { record, kept: Directory.open(keptPath(state, record)) }
  } catch (error) {
    await removeFetchFolders(state, record)
    throw error
  }
}

/**
 * The folder where a command puts files, which is its user's: he may have put something else in its place since.
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function openLanding({ landing, owner }: FetchRecord): Directory {
  try {
    using above = Directory.open(realpathSync(dirname(landing)))
    const folder = above.openDirectory(basename(landing))
    if (folder.stats.uid === owner.uid) return folder
    folder[Symbol.dispose]()
    throw exchanged(landing)
  } catch (error) {
    throw error instanceof PgforkError ? error : exchanged(landing, error)
  }
}

const exchanged = (path: string, cause?: unknown): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The folder ${path}, into which a restore command copies, was removed or exchanged meanwhile. Nothing of it was used.`,
    { hazard: 'H59', facts: { path }, cause },
  )

/** Can be repeated. */
export async function removeFetchFolders(state: StateDirectory, record: FetchRecord): Promise<void> {
  removeOutsideFolder(record.landing, record.owner)
  rmSync(keptPath(state, record), { recursive: true, force: true })
  await fetchStore(state).remove(record.name)
}

const keptPath = (state: StateDirectory, { name }: FetchRecord): string => join(state.fetched, `${name}.wal`)
