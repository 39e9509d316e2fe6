import { lstatSync } from 'node:fs'
import { chmod, lstat, mkdir, readFile, realpath, statfs } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import process from 'node:process'
import { PgforkError, type UserIdentity } from '@pgfork/core'
import { checkPlace, fromSystemError } from '@pgfork/core/companion'

const advice = 'Or name another "directory" for templates.'

/** Where `pgfork storage init` mounts copy-on-write storage unless it is told otherwise. */
const usualStorage = '/srv/pgfork'

/** The folder for templates without a source. The servers' user must be able to pass through it. */
export async function openTemplateDirectory(given: string | undefined): Promise<string> {
  const path = resolve(given ?? (process.env.PGFORK_TEMPLATE_DIRECTORY || (await usualDirectory())))
  try {
    if (!isOwnLink(path)) checkPlace(path, advice)
    const made = await mkdir(path, { recursive: true, mode: 0o711 })
    if (made !== undefined) {
      // Somebody else may have made the folder above in the meantime (H61).
      checkPlace(path, advice)
      // The umask may have reduced mkdir's mode.
      for (const folder of foldersUpTo(path, made)) await chmod(folder, 0o711)
    }
    const real = await realpath(path)
    checkPlace(real, advice)
    return real
  } catch (error) {
    throw fromSystemError(error, 'PERMISSION_DENIED', `The template directory ${path} cannot be used`)
  }
}

/** From the last to the first that was made. */
const foldersUpTo = (path: string, first: string): string[] =>
  path.length > first.length ? [path, ...foldersUpTo(dirname(path), first)] : [path]

/** As one makes who has put his cache on another disk. Those above the folder are looked at with it. */
function isOwnLink(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isSymbolicLink() === true && [0, process.geteuid?.()].includes(found.uid)
}

/** Where it is if nobody has said it. */
export async function usualDirectory(storage = usualStorage): Promise<string> {
  if (await isOwnBtrfs(storage)) return join(storage, 'templates')
  if (process.geteuid?.() === 0) return '/var/cache/pgfork'
  const { XDG_CACHE_HOME: cache = '' } = process.env
  // One that isn't absolute counts for nothing (XDG Base Directory Specification): each working directory would have a cache of its own.
  return join(isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'pgfork')
}

/** `f_type` of statfs(2). */
const btrfsMagic = 0x9123683e

/** Another user's is his to use. */
async function isOwnBtrfs(path: string): Promise<boolean> {
  try {
    const found = await lstat(path)
    return found.isDirectory() && found.uid === process.geteuid?.() && (await statfs(path)).type === btrfsMagic
  } catch {
    return false
  }
}

/** The owner of a new cluster: PostgreSQL refuses to run as root. @throws PgforkError `SOURCE_WRONG_OWNER` */
export async function serverOwner(): Promise<UserIdentity> {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0]
  if (uid !== 0) return { uid, gid }
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const fields = users.split('\n').map((line) => line.split(':'))
  const found = fields.find(([name]) => name === 'postgres') ?? fields.find(([name]) => name === 'nobody')
  if (found !== undefined) return { uid: Number(found[2]), gid: Number(found[3]) }
  throw new PgforkError(
    'SOURCE_WRONG_OWNER',
    'PostgreSQL does not run as root, and there is no user named postgres to run it as. Add that user, or run as another user than root.',
  )
}
