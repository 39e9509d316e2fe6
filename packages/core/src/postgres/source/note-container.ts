import { type Stats, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { noteExposed } from '../../files/exposed.ts'
import { isBelow } from '../../storage/kit/is-below.ts'
import { listMounts, type Mount } from '../../storage/kit/mounts.ts'

/**
 * Has what is mounted in the container of a server, if it runs in one, count as its root's, who can write there (H110): by the kernel's tables, since
 * the engine tells only what it was asked for. As far as they may be read.
 *
 * @returns whether it does, or may
 */
export async function noteContainerOf(pid: number): Promise<boolean> {
  try {
    if (!hasOwnRoot(pid)) return false
    const [there, here] = [await listMounts(pid), await listMounts()]
    const paths = there.filter(isWritable).flatMap((mount) => pathsHere(mount, here))
    // Whoever has all of this machine is its root.
    const isOurRoot = paths.includes('/')
    if (!isOurRoot) noteExposed(paths)
    return !isOurRoot
  } catch {
    // It has ended, or isn't ours to look at.
    return true
  }
}

/**
 * A service that is shut out of parts of this machine sees the same root as we do, and one of the machine's the same as its first process, where we are
 * in a container ourselves.
 */
function hasOwnRoot(pid: number): boolean {
  const root = statSync(`/proc/${pid}/root/`)
  return ['/', '/proc/1/root/'].every((path) => !isSame(path, root))
}

/** Not every root may look at the first process. */
function isSame(path: string, { dev, ino }: Stats): boolean {
  try {
    const found = statSync(path)
    return found.dev === dev && found.ino === ino
  } catch {
    return false
  }
}

/** The first of a mount's options; those behind it may be of the whole file system. */
const isWritable = ({ options }: Mount): boolean => options[0] !== 'ro'

/** Every path at which this machine has the same directory. */
const pathsHere = ({ device, root }: Mount, here: readonly Mount[]): string[] =>
  here
    .filter((mount) => mount.device === device && isBelow(root, mount.root))
    .map((mount) => join(mount.mountPoint, relative(mount.root, root)))
