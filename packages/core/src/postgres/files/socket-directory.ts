import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, realpathSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { UserIdentity } from '../../command/command-runner.ts'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { findUnsafe } from '../../files/check-place.ts'
import { Directory } from '../../files/directory.ts'
import { makeDirectory } from '../../files/make-directory.ts'
import { removeTree } from '../../files/remove-tree.ts'
import { ownFolder } from './remove-identity.ts'

/** `sun_path` of unix(7) less its terminating zero. */
const longestSocketPath = 107
const outsidePrefix = 'pgfork-'

/** A path in the system's temporary folder that nobody can guess. It is recorded before it is made. */
export const planOutsideFolder = (): string => join(tmpdir(), `${outsidePrefix}${randomBytes(8).toString('hex')}`)

/** The socket's directory where its path is one for a socket. */
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
 * that path is none for a socket, the one that was planned outside.
 */
export function makeOwnFolder(dataDirectory: Directory, owner: UserIdentity, outside: string): string {
  makeDirectory(dataDirectory, ownFolder, owner)[Symbol.dispose]()
  const chosen = chooseSocketDirectory(dataDirectory.path, outside)
  if (chosen === outside) makeOutsideFolder(outside, owner)
  return chosen
}

/** Which of the two it is. */
export function chooseSocketDirectory(dataDirectory: string, outside: string): string {
  const own = ownSocketDirectory(dataDirectory)
  return isUsable(own) ? own : outside
}

/**
 * Makes the folder of a socket outside of its data directory, or finds it. In `/tmp` anybody may make one of that name once it
 * is gone, after a reboot or by systemd-tmpfiles: who owned it would be superuser of the fork (H65).
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function makeOutsideFolder(path: string, owner: UserIdentity): void {
  const unsafe = findUnsafe(dirname(path))
  if (unsafe !== undefined) throw notMade(path, `${unsafe.folder} ${unsafe.reason}`)
  try {
    using above = Directory.open(realpathSync(dirname(path)))
    makeDirectory(above, basename(path), owner)[Symbol.dispose]()
  } catch (error) {
    if (!isSystemError(error, 'EEXIST') || !isPrivate(lstatSync(path), owner.uid)) throw notMade(path, error)
  }
}

/** Removes one that was made outside, and none that somebody else made in its place; one inside the data directory goes with that. */
export function removeOutsideFolder(path: string, { uid }: UserIdentity): void {
  const name = basename(path)
  if (!name.startsWith(outsidePrefix)) return
  if (!existsSync(dirname(path))) return
  using above = Directory.open(realpathSync(dirname(path)))
  const found = above.look(name)
  if (found === undefined || found.uid !== uid || !found.isDirectory()) return
  {
    using folder = above.openDirectory(name)
    if (folder.stats.uid !== uid) return
    for (const entry of folder.names()) removeTree(folder, entry)
  }
  removeTree(above, name)
}

/** Not too long, and without a comma, at which PostgreSQL and libpq divide lists of sockets' directories and of hosts. */
const isUsable = (directory: string): boolean =>
  Buffer.byteLength(join(directory, '.s.PGSQL.65535.lock')) <= longestSocketPath && !directory.includes(',')

const isPrivate = (found: Stats, uid: number): boolean =>
  found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0

const notMade = (path: string, cause: unknown): PgforkError =>
  new PgforkError(
    'PERMISSION_DENIED',
    `The private directory ${path} belongs to somebody else or can't be made. Remove it, or set TMPDIR.`,
    { hazard: 'H65', facts: { path }, cause },
  )
