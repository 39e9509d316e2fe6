import { lstatSync, type Stats } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fromSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'

/**
 * That nobody but root and us can put something else in the place of this path or of a folder above it, as far as they exist:
 * what sshd(8) calls StrictModes (H57, H61). Then what is done by that path happens there.
 *
 * @throws PgforkError `PERMISSION_DENIED`
 */
export function checkPlace(path: string): void {
  const unsafe = findUnsafe(path)
  if (unsafe === undefined) return
  const { folder, reason } = unsafe
  throw new PgforkError(
    'PERMISSION_DENIED',
    `${folder} ${reason}, so nothing is made or removed in ${path}. Remove or mend it, or name another place.`,
    { hazard: 'H61', facts: { path, folder, reason } },
  )
}

/** The uppermost folder of a path that others can exchange, and why; undefined when there is none. */
export function findUnsafe(path: string): { readonly folder: string; readonly reason: string } | undefined {
  let folder = '/'
  for (const name of [
    '',
    ...resolve(path)
      .split('/')
      .filter((part) => part !== ''),
  ]) {
    folder = join(folder, name)
    const found = look(folder)
    if (found === undefined) return undefined
    const reason = reasonAgainst(found)
    if (reason !== undefined) return { folder, reason }
  }
  return undefined
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', `${path} cannot be looked at`)
  }
}

const sticky = 0o1000

function reasonAgainst(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'is a symbolic link'
  if (!found.isDirectory()) return 'is no directory'
  const self = process.geteuid?.()
  if (found.uid !== 0 && found.uid !== self) return `belongs to another user (uid ${found.uid})`
  // In such a folder, /tmp, only the owner of an entry can rename it: it is looked at next.
  if ((found.mode & sticky) !== 0) return undefined
  // Many systems give each user a group of his own, and files that the group may write.
  const writable = self !== 0 && found.gid === process.getgid?.() ? 0o002 : 0o022
  return (found.mode & writable) === 0 ? undefined : 'can be written by other users'
}
