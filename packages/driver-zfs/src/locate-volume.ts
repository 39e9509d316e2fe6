import { realpath } from 'node:fs/promises'
import {
  type DriverContext,
  fromSystemError,
  isBelow,
  listMounts,
  type Mount,
  mountOf,
  PgforkError,
  type Volume,
} from '@pgfork/core'
import { runZfs } from './command.ts'
import type { Settings } from './options.ts'

/** Types in the mount table: the kernel module's, and that of the older ZFS through FUSE. */
const types = ['zfs', 'fuse.zfs', 'fuse']

/** The dataset that holds `path`. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `LAYOUT_REFUSED` (H3) */
export async function locateVolume(given: string, settings: Settings, context: DriverContext): Promise<Volume> {
  const path = await realpath(given).catch((error: unknown) => {
    throw fromSystemError(error, 'DRIVER_NOT_APPLICABLE', `${given} could not be looked at`)
  })
  if (process.platform !== 'linux')
    throw notApplicable(path, 'is not on a Linux machine, whose mount table tells the dataset')
  const mounts = await listMounts()
  const mount = await mountOf(path, mounts)
  if (mount === undefined || !types.includes(mount.fileSystem))
    throw notApplicable(path, `is not on ZFS (${mount?.fileSystem ?? 'not in the mount table'})`)
  if (mount.root !== '/')
    throw notApplicable(
      path,
      'is seen through a bind mount of a part of its dataset; name the path in the dataset itself',
    )
  refuseMountsBelow(path, mounts)
  const dataset = mount.source
  const [pool = dataset] = dataset.split('/')
  const guid = await runZfs(['get', '-Hp', '-o', 'value', 'guid', dataset], settings, context)
  const parent = settings.parent ?? parentOf(dataset, pool)
  if (parent !== pool && !parent.startsWith(`${pool}/`))
    throw notApplicable(path, `is in pool ${pool}, and the driver's parent ${parent} is in another one`)
  return {
    id: `zfs:${guid}`,
    pool: `zfs:${pool}`,
    root: mount.mountPoint,
    copyOnWrite: true,
    attributes: { dataset, parent, directory: settings.directory },
  }
}

/** Clones of a clone lie beside it. */
const parentOf = (dataset: string, pool: string): string => {
  const folder = `${pool}/pgfork`
  return dataset.startsWith(`${folder}/`) ? dataset.slice(0, dataset.lastIndexOf('/')) : folder
}

/** H3: child datasets and other mounts are empty directories in a snapshot of their parent. */
function refuseMountsBelow(path: string, mounts: readonly Mount[]): void {
  // What is looked at in .zfs/snapshot is mounted by itself, and no part of the dataset.
  const isSnapshot = ({ fileSystem, source }: Mount): boolean => types.includes(fileSystem) && source.includes('@')
  const below = mounts.filter(
    (mount) => mount.mountPoint !== path && isBelow(mount.mountPoint, path) && !isSnapshot(mount),
  )
  if (below.length === 0) return
  const found = below.map(({ mountPoint, source }) => `${mountPoint} (${source})`).join(', ')
  throw new PgforkError(
    'LAYOUT_REFUSED',
    `A snapshot of the dataset would not hold what is mounted at ${found}. Mount it beside ${path} and put a symbolic link in its place ` +
      '(as for pg_wal and tablespaces): then both are captured at one instant.',
    { hazard: 'H3', facts: { path, mounts: below.map(({ mountPoint }) => mountPoint) } },
  )
}

const notApplicable = (path: string, reason: string): PgforkError =>
  new PgforkError('DRIVER_NOT_APPLICABLE', `${path} ${reason}.`, { facts: { path } })
