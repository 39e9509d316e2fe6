import { randomBytes } from 'node:crypto'
import { chownSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { lchown, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { ownFolder } from './remove-identity.ts'

/** `sun_path` of unix(7) less its terminating zero. */
const longestSocketPath = 107
const outsidePrefix = 'pgfork-'

/** A path in the system's temporary folder that nobody can guess. It is recorded before it is made. */
export const planOutsideFolder = (): string => join(tmpdir(), `${outsidePrefix}${randomBytes(8).toString('hex')}`)

/** The socket's directory where its path isn't too long. */
export const ownSocketDirectory = (dataDirectory: string): string => join(dataDirectory, ownFolder)

/** Whether a path is one that could have been planned, and if so, whether that user's private folder is there. */
export function findOutsideFolder(path: string, uid: number): 'own' | 'gone' | 'foreign' {
  if (dirname(path) !== tmpdir() || !/^pgfork-[0-9a-f]{16}$/.test(basename(path))) return 'foreign'
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found === undefined) return 'gone'
  return isPrivate(found, uid) ? 'own' : 'foreign'
}

/**
 * The private directory of a fork's socket and log: inside its data directory, so that it goes where that goes. Where
 * that path is too long for a socket, the one that was planned outside.
 */
export function makeOwnFolder(dataDirectory: string, owner: UserIdentity, outside: string): string {
  const own = ownSocketDirectory(dataDirectory)
  mkdirSync(own, { mode: 0o700 })
  giveTo(own, owner)
  if (Buffer.byteLength(join(own, '.s.PGSQL.65535.lock')) <= longestSocketPath) return own
  try {
    mkdirSync(outside, { mode: 0o700 })
  } catch (error) {
    // A reset finds the one that its fork had.
    if (!isSystemError(error, 'EEXIST') || !isPrivate(lstatSync(outside), owner.uid)) throw notMade(outside, error)
  }
  giveTo(outside, owner)
  return outside
}

/** Removes one that was made outside; one inside the data directory goes with that. */
export async function removeOutsideFolder(path: string): Promise<void> {
  if (!basename(path).startsWith(outsidePrefix)) return
  // Its user could swap it for a symbolic link while root removes it: he is shut out first.
  if (process.geteuid?.() === 0)
    await lchown(path, 0, 0).catch((error: unknown) => {
      if (!isSystemError(error, 'ENOENT')) throw error
    })
  await rm(path, { recursive: true, force: true })
}

const isPrivate = (found: Stats, uid: number): boolean =>
  found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0

const notMade = (path: string, cause: unknown): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The directory ${path} for the fork's socket could not be made. Look at TMPDIR.`,
    {
      cause,
      facts: { path },
    },
  )

function giveTo(path: string, owner: UserIdentity): void {
  if (process.geteuid?.() === 0) chownSync(path, owner.uid, owner.gid)
}
