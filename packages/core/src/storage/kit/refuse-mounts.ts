import { join, relative } from 'node:path'
import process from 'node:process'
import { isSystemError } from '../../errors/from-system-error.ts'
import { PgforkError } from '../../errors/pgfork-error.ts'
import { isBelow } from './is-below.ts'
import { listMounts, type Mount, mountOf } from './mounts.ts'

/** The mounts that begin below a path, not at it. */
export const mountsBelow = (path: string, mounts: readonly Mount[]): Mount[] =>
  mounts.filter(({ mountPoint }) => mountPoint !== path && isBelow(mountPoint, path))

/**
 * H3: where something is mounted, a snapshot of what is around it has an empty directory. `remark` follows the advice.
 *
 * @throws PgforkError `LAYOUT_REFUSED`
 */
export function refuseMountsBelow(path: string, mounts: readonly Mount[], remark = ''): void {
  const below = mountsBelow(path, mounts)
  if (below.length === 0) return
  const found = below.map(({ mountPoint, source }) => `${mountPoint} (${source})`).join(', ')
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `A snapshot would not hold what is mounted at ${found}. Mount it beside ${path} and put a symbolic link in its place ` +
      `(as for pg_wal and tablespaces)${remark}.`,
    { hazard: 'H3', facts: { path, mounts: below.map(({ mountPoint }) => mountPoint) } },
  )
}

/**
 * Refuses to remove a directory while something is mounted in it, which might be the source itself, or while it is
 * mounted elsewhere. Linux; on other systems nothing is refused.
 *
 * @throws PgforkError `BUSY`
 */
export async function refuseMounted(path: string): Promise<void> {
  if (process.platform !== 'linux') return
  const points = await findMounted(path)
  if (points.length === 0) return
  throw new PgforkError(
    'BUSY',
    `${path} can't be removed while it, or something in it, is mounted. Unmount ${points.join(', ')}.`,
    {
      facts: { path, mountPoints: points },
    },
  )
}

async function findMounted(path: string): Promise<string[]> {
  const mounts = await listMounts()
  const own = await mountOf(path, mounts).catch((error: unknown) => {
    // It has just vanished.
    if (!isSystemError(error, 'ENOENT')) throw error
  })
  const pathInFileSystem = own && join(own.root, relative(own.mountPoint, path))
  const isOfPath = ({ device, root }: Mount): boolean =>
    device === own?.device && pathInFileSystem !== undefined && isBelow(root, pathInFileSystem)
  return mounts
    .filter((mount) => isBelow(mount.mountPoint, path) || isOfPath(mount))
    .map(({ mountPoint }) => mountPoint)
}
