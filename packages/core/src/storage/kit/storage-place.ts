import { lstatSync, statfsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import process from 'node:process'
import { PgforkError } from '../../errors/pgfork-error.ts'
import type { Volume } from '../driver/snapshot-driver.ts'
import { listMounts, type Mount, mountOf } from './mounts.ts'
import { atExistingFolder } from './real-folder.ts'

/** Where a folder lies, as long as its storage is there: the same after a reboot. Attributes of a volume. */
export interface StoragePlace {
  /** Tells the file system from every other one. */
  readonly fileSystem: string
  /** Of the folder, within that file system. */
  readonly folderPath: string
}

/** A driver that knows a better name of its file systems than `nameFileSystem` gives it. */
export type NameFileSystem = (mount: Mount) => Promise<string>

/** Where a folder lies, or will lie, through whichever of its parents there are. */
export async function storagePlaceOf(folder: string, name: NameFileSystem = nameFileSystem): Promise<StoragePlace> {
  // Without a mount table (macOS), the device must do.
  if (process.platform !== 'linux') {
    const { dev } = await atExistingFolder(folder, stat)
    return { fileSystem: String(dev), folderPath: folder }
  }
  const mounts = await listMounts()
  const mount = await atExistingFolder(folder, (existing) => mountOf(existing, mounts))
  if (mount === undefined) return { fileSystem: 'unknown', folderPath: folder }
  return { fileSystem: await name(mount), folderPath: join(mount.root, relative(mount.mountPoint, folder)) }
}

/**
 * That the storage of a volume's folder is there, so that what isn't in the folder is gone (H72). A file system that isn't mounted
 * leaves an empty directory, or none, on another one.
 *
 * @throws PgforkError `STORAGE_MISSING`
 */
export async function requireStorage(folder: string, volume: Volume, name?: NameFileSystem): Promise<void> {
  const { fileSystem, folderPath } = volume.attributes
  if (fileSystem === undefined || folderPath === undefined) return
  const found = await storagePlaceOf(folder, name)
  if (found.fileSystem === fileSystem && found.folderPath === folderPath) return
  throw new PgforkError(
    'STORAGE_MISSING',
    `The file system of ${folder} is not mounted there: that directory would lie on another one, or elsewhere on it. ` +
      'Mount it and try again. Until then nothing of it counts as removed.',
    { hazard: 'H72', facts: { folder, expected: { fileSystem, folderPath }, found } },
  )
}

/**
 * The type of a file system, and the inode and birth of the directory that is mounted; where that has no birth, the device, whose
 * number may be another one after a reboot.
 */
async function nameFileSystem({ mountPoint }: Mount): Promise<string> {
  const { dev, ino, birthtimeNs } = lstatSync(mountPoint, { bigint: true })
  const { type } = statfsSync(mountPoint)
  return `${type.toString(16)}:${ino}:${birthtimeNs === 0n ? `device ${dev}` : birthtimeNs}`
}
