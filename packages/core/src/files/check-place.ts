import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { fromSystemError } from '../errors/from-system-error.ts'
import { PgforkError } from '../errors/pgfork-error.ts'
import { exposureOf } from './exposed.ts'

/**
 * That nobody but root and us can put something else in the place of this path or of a folder above it, as far as they exist:
 * what sshd(8) calls StrictModes (H57, H61). Then what is done by that path happens there.
 *
 * @throws PgforkError `PERMISSION_DENIED`, ending in this advice
 */
export function checkPlace(path: string, advice: string): void {
  refuse(path, findUnsafe(path), advice)
}

/**
 * The same of what is there already, also where an engine removes it some day: until then nobody can exchange it (H111).
 *
 * @throws PgforkError `PERMISSION_DENIED`, ending in this advice
 */
export function checkOldPlace(path: string, advice: string): void {
  refuse(path, findUnsafe(path, { isThere: true }), advice)
}

function refuse(path: string, unsafe: UnsafeFolder | undefined, advice: string): void {
  if (unsafe === undefined) return
  const { folder, reason } = unsafe
  throw new PgforkError(
    'PERMISSION_DENIED',
    `${folder} ${reason}, so that others could put something else in the place of ${path}. ${remedyOf(reason, folder)} ${advice}`,
    {
      // Here, where the list in docs/errors.md looks for them.
      hazard: { [exposedReasons.mounted]: 'H110', [exposedReasons.removable]: 'H111' }[reason] ?? 'H61',
      facts: { path, folder, reason },
    },
  )
}

/** PostgreSQL needs nothing but its data directory to be its own. */
function remedyOf(reason: string, folder: string): string {
  if (reason === exposedReasons.mounted) return 'Take a folder that no container has mounted.'
  if (reason === exposedReasons.removable) return 'Take a folder outside of those of the engine.'
  if (reason.startsWith('belongs')) return `Run as that user, or give it to root (chown root ${folder}).`
  return reason.startsWith('can be') ? `Close it (chmod go-w ${folder}).` : 'Remove it.'
}

/** What stands in the way of a path that only root and we can change. */
export interface UnsafeFolder {
  readonly folder: string
  readonly reason: string
}

/** As many as the kernel follows. */
const mostLinks = 40

/**
 * The first folder on the way to a path that others can exchange, and why; undefined when there is none. A link above it that only
 * root or we could have made is followed; the path itself must be no link.
 *
 * @param options `self`: who isn't one of the others, besides root; `isThere`: nothing is to be made there
 */
export function findUnsafe(
  path: string,
  {
    self = process.geteuid?.(),
    isThere = false,
  }: { readonly self?: number | undefined; readonly isThere?: boolean } = {},
): UnsafeFolder | undefined {
  let links = 0
  let rest = namesOf(path)
  let folder = '/'
  for (;;) {
    const found = look(folder)
    if (found === undefined) return undefined
    const isLink = found.isSymbolicLink()
    const exposure = exposureOf(folder)
    const reason =
      isLink && (rest.length === 0 || ++links > mostLinks)
        ? 'is a symbolic link'
        : exposure !== undefined && !(exposure === 'removable' && isThere)
          ? exposedReasons[exposure]
          : reasonAgainst(found, self)
    if (reason !== undefined) return { folder, reason }
    if (isLink) {
      rest = [...namesOf(resolve(dirname(folder), readlinkSync(folder))), ...rest]
      folder = '/'
      continue
    }
    const [next, ...others] = rest
    if (next === undefined) return undefined
    folder = join(folder, next)
    rest = others
  }
}

const namesOf = (path: string): string[] =>
  resolve(path)
    .split('/')
    .filter((name) => name !== '')

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', `${path} cannot be looked at`)
  }
}

const exposedReasons = {
  mounted: 'is mounted in a container, where others may be root',
  removable: 'is what a container engine keeps of its volumes, and removes with one',
}

const sticky = 0o1000

function reasonAgainst(found: Stats, self: number | undefined): string | undefined {
  if (found.uid !== 0 && found.uid !== self) return `belongs to another user (uid ${found.uid})`
  if (found.isSymbolicLink()) return undefined
  if (!found.isDirectory()) return 'is not a directory'
  // In such a folder, /tmp, only the owner of an entry can rename it: it is looked at next.
  if ((found.mode & sticky) !== 0) return undefined
  return isWritableByOthers(found, self) ? 'can be written by other users' : undefined
}

/** Many systems give each user a group of his own, and files that this group may write. */
export function isWritableByOthers({ mode, gid }: Pick<Stats, 'mode' | 'gid'>, self = process.geteuid?.()): boolean {
  const writable = self !== 0 && gid === process.getgid?.() ? 0o002 : 0o022
  return (mode & writable) !== 0
}
