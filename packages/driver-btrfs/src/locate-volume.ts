import { stat, statfs } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import {
  checkFolder,
  type DriverContext,
  listMounts,
  mountOf,
  notApplicable,
  realDirectory,
  storagePlaceOf,
  type Volume,
} from '@pgfork/core/driver'
import { checkLayout } from './check-layout.ts'
import { fileSystemUuid } from './file-system-uuid.ts'
import { chooseFolder } from './folder.ts'
import type { Settings } from './options.ts'
import { reportNoCopyOnWrite } from './report-no-copy-on-write.ts'

/** `f_type` of statfs(2). */
const btrfsMagic = 0x9123683e
/** BTRFS_FIRST_FREE_OBJECTID: the root of every subvolume, and nothing else, has it. */
export const subvolumeRootInode = 256

export interface LocateSettings extends Settings {
  /** Directories whose missing copy-on-write was reported already. */
  readonly reported: Set<string>
}

/** The subvolume that holds `path`. @throws PgforkError `DRIVER_NOT_APPLICABLE`, `LAYOUT_REFUSED` (H3), `PERMISSION_DENIED` (H57) */
export async function locateVolume(
  givenPath: string,
  settings: LocateSettings,
  context: DriverContext,
): Promise<Volume> {
  const path = await realBtrfsDirectory(givenPath)
  const root = await findSubvolumeRoot(path)
  const mounts = await listMounts()
  const mount = await mountOf(root, mounts)
  if (mount === undefined) throw notApplicable(path, 'is not in the mount table of this process')
  const uuid = await fileSystemUuid(mount)
  const pathInFileSystem = join(mount.root, relative(mount.mountPoint, root))
  const directory = await chooseFolder({ path, root, mount, mounts, directory: settings.directory })
  // Before anything is recorded that could not be removed again.
  await checkFolder({ folder: directory, kind: 'clone' })
  const subvolume = { path, root, pathInFileSystem, mount }
  await Promise.all([
    checkLayout(subvolume, mounts, settings, context),
    reportNoCopyOnWrite(subvolume, settings.reported, context),
  ])
  return {
    id: `btrfs:${uuid}:${pathInFileSystem}`,
    pool: `btrfs:${uuid}`,
    root,
    copyOnWrite: true,
    attributes: { directory, ...(await storagePlaceOf(directory, fileSystemUuid)) },
  }
}

/** @throws PgforkError `DRIVER_NOT_APPLICABLE` */
export async function realBtrfsDirectory(given: string): Promise<string> {
  const path = await realDirectory(given)
  if (process.platform !== 'linux') throw notApplicable(path, `can't be on Btrfs, which needs Linux`)
  const { type } = await statfs(path)
  if (type !== btrfsMagic) throw notApplicable(path, `is not on Btrfs (file system type 0x${type.toString(16)})`)
  return path
}

async function findSubvolumeRoot(path: string): Promise<string> {
  let candidate = path
  let found = await stat(path)
  while (found.ino !== subvolumeRootInode) {
    const parent = await stat(dirname(candidate))
    if (parent.dev !== found.dev || parent.ino === found.ino)
      throw notApplicable(
        path,
        `is visible only through a mount of a part of its subvolume (${candidate}), so the subvolume can't be snapshotted; ` +
          'mount the whole subvolume',
      )
    candidate = dirname(candidate)
    found = parent
  }
  return candidate
}
