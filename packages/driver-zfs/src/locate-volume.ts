import {
  type DriverContext,
  listMounts,
  mountDirectoryOf,
  mountOf,
  notApplicable,
  realDirectory,
  refuseBindMount,
  refuseMountsBelow,
  type Volume,
} from '@pgfork/core/driver'
import { runZfs } from './command.ts'
import type { Settings } from './options.ts'

/** Types in the mount table: the kernel module's, and that of the older ZFS through FUSE. */
const types = ['zfs', 'fuse.zfs', 'fuse']

/** The dataset that holds `path`. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `LAYOUT_REFUSED` (H3) */
export async function locateVolume(given: string, settings: Settings, context: DriverContext): Promise<Volume> {
  const path = await realDirectory(given)
  if (process.platform !== 'linux')
    throw notApplicable(path, 'is not on a Linux machine, whose mount table tells the dataset')
  const mounts = await listMounts()
  const mount = await mountOf(path, mounts)
  if (mount === undefined || !types.includes(mount.fileSystem))
    throw notApplicable(path, `is not on ZFS (${mount?.fileSystem ?? 'not in the mount table'})`)
  refuseBindMount(path, mount, 'dataset')
  // What is looked at in .zfs/snapshot is mounted by itself, and no part of the dataset.
  const others = mounts.filter(({ fileSystem, source }) => !(types.includes(fileSystem) && source.includes('@')))
  refuseMountsBelow(path, others, ': then both are captured at one instant')
  const dataset = mount.source
  const [pool = dataset] = dataset.split('/')
  const rows = await runZfs(['get', '-Hp', '-o', 'name,value', 'guid', dataset, pool], settings, context)
  const guids = new Map(rows.split('\n').map((row) => row.split('\t') as [string, string]))
  const [guid = '', poolGuid = ''] = [guids.get(dataset), guids.get(pool)]
  const parent = settings.parent ?? parentOf(dataset, pool)
  if (parent !== pool && !parent.startsWith(`${pool}/`))
    throw notApplicable(path, `is in pool ${pool}, and the driver's parent ${parent} is in another one`)
  return {
    id: `zfs:${guid}`,
    pool: `zfs:${pool}`,
    root: mount.mountPoint,
    copyOnWrite: true,
    attributes: { dataset, parent, directory: settings.directory, ...mountDirectoryOf(settings), poolGuid },
  }
}

/** Clones of a clone lie beside it. */
const parentOf = (dataset: string, pool: string): string => {
  const folder = `${pool}/pgfork`
  return dataset.startsWith(`${folder}/`) ? dataset.slice(0, dataset.lastIndexOf('/')) : folder
}
