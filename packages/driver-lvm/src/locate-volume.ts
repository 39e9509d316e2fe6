import { readFile } from 'node:fs/promises'
import {
  type DriverContext,
  listMounts,
  type Mount,
  mountDirectoryOf,
  mountOf,
  notApplicable,
  realDirectory,
  refuseMountsBelow,
  requireMountable,
  type Volume,
} from '@pgfork/core/driver'
import { listLogicalVolumes } from './logical-volumes.ts'
import { mountOptions, supportedFileSystems, usesFurtherDevice } from './mount-options.ts'
import { poolOf, poolPrefix } from './names.ts'
import type { WarnedSettings } from './options.ts'
import { warnOfUnwatchedPool } from './pool-warnings.ts'
import { refuseNamedByUuid } from './shared-uuid.ts'

/**
 * The thin volume that holds `path`.
 *
 * @throws PgforkError `DRIVER_NOT_APPLICABLE`, among others for a volume that isn't thin; `LAYOUT_REFUSED` (H3);
 * `SETTING_REFUSED` (H75)
 */
export async function locateVolume(given: string, settings: WarnedSettings, context: DriverContext): Promise<Volume> {
  const path = await realDirectory(given)
  if (process.platform !== 'linux') throw notApplicable(path, "can't be on LVM, which needs Linux")
  const mounts = await listMounts()
  const mount = await mountOf(path, mounts)
  const device = mount && (await deviceOf(mount))
  if (mount === undefined || device === undefined) throw notApplicable(path, 'is not on a logical volume')
  requireMountable(path, mount, supportedFileSystems)
  if (usesFurtherDevice(mount))
    throw notApplicable(path, 'is on a file system with its journal on another device, which a snapshot would not hold')
  refuseMountsBelow(path, mounts)
  const [found] = await listLogicalVolumes(device, settings, context)
  if (found === undefined) throw notApplicable(path, 'is on a logical volume that lvs does not know')
  if (!found.lv_layout.split(',').includes('thin'))
    throw notApplicable(
      path,
      `is on the volume ${found.vg_name}/${found.lv_name}, which is not thin (${found.lv_layout}): a snapshot of it takes space ` +
        'fixed in advance, slows down every write of the source and breaks when that space is used up. Move it to a thin volume, or use the copy driver',
    )
  // Those of an ext4 get names of their own.
  if (mount.fileSystem === 'xfs') await refuseNamedByUuid(mount, device, settings, context)
  const pool = poolOf(found)
  await warnOfUnwatchedPool(pool.slice(poolPrefix.length), settings, context)
  return {
    id: `lvm:${found.lv_uuid}`,
    pool,
    root: mount.mountPoint,
    copyOnWrite: true,
    attributes: {
      group: found.vg_name,
      groupUuid: found.vg_uuid,
      volume: found.lv_name,
      uuid: found.lv_uuid,
      fileSystem: mount.fileSystem,
      mountOptions: mountOptions(mount).join(','),
      directory: settings.directory,
      ...mountDirectoryOf(settings),
    },
  }
}

/**
 * The path of a mounted logical volume; undefined for another device. The device mapper's id for a device begins with what made
 * it. The mount table may have another name, such as /dev/root.
 */
async function deviceOf({ device }: Mount): Promise<string | undefined> {
  const read = (file: string): Promise<string> =>
    readFile(`/sys/dev/block/${device}/dm/${file}`, 'utf8').then(
      (text) => text.trim(),
      () => '',
    )
  return (await read('uuid')).startsWith('LVM-') ? `/dev/mapper/${await read('name')}` : undefined
}
