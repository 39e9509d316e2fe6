import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import process from 'node:process'
import { type CommandRunner, PgforkError } from '@pgfork/core'
import { checkPlace } from '@pgfork/core/companion'
import { refuseUsedVolume, volumeCommandsOf } from './docker-volume.ts'
import { refuseUsedDevice } from './refuse-used-device.ts'
import { backingOf, mountOptionsOf, type StorageRecord } from './storage-record.ts'

export interface PlannedStorage {
  readonly record: StorageRecord
  /** Of the image; of a device, all of it. */
  readonly sizeBytes: number | undefined
  /** Who may make data directories in it. Default root. */
  readonly owner: string | undefined
}

/** What will be run, in this order. */
export function commandsOf({ record, sizeBytes, owner }: PlannedStorage): string[][] {
  const { image, mountPoint, docker } = record
  return [
    ...(image === undefined ? [] : [['fallocate', '--length', String(sizeBytes), image]]),
    ['mkfs.btrfs', '--quiet', '--label', 'pgfork', backingOf(record)],
    ['mount', '-t', 'btrfs', '-o', mountOptionsOf(record), backingOf(record), mountPoint],
    ...(owner === undefined ? [] : [['chown', '--no-dereference', owner, mountPoint]]),
    ...(docker === undefined ? [] : volumeCommandsOf(mountPoint, docker)),
  ]
}

/**
 * Refuses whatever would touch something that is there.
 *
 * @throws PgforkError `PERMISSION_DENIED`, `TARGET_EXISTS`, `NO_SPACE`, `INVALID_OPTION`
 */
export async function checkPlan({ record, sizeBytes }: PlannedStorage, runner: CommandRunner): Promise<void> {
  if (process.geteuid?.() !== 0)
    throw new PgforkError('PERMISSION_DENIED', 'Making and mounting a file system takes root: run it by sudo.')
  const { mountPoint, image, device, fstab, docker } = record
  for (const path of [mountPoint, image ?? mountPoint]) checkPlace(dirname(path), 'Or choose another place.')
  if (existsSync(mountPoint) && !isEmptyDirectory(mountPoint)) throw exists(mountPoint, 'is no empty directory')
  if (image !== undefined && isThere(image)) throw exists(image, 'exists')
  if (image !== undefined) await refuseShortage(dirname(image), sizeBytes ?? 0)
  if (device !== undefined) await refuseUsedDevice(device, runner)
  if (docker !== undefined) await refuseUsedVolume(docker, runner)
  if (fstab !== undefined && !existsSync(fstab)) throw exists(fstab, 'does not exist')
}

/** fstab(5) separates its fields by blanks. @throws PgforkError `INVALID_OPTION` */
export function refuseSpecial(record: StorageRecord): void {
  const wrong = [record.mountPoint, backingOf(record)].find((path) => !/^\/[\w./@:+-]+$/.test(path))
  if (wrong !== undefined)
    throw new PgforkError('INVALID_OPTION', `${JSON.stringify(wrong)} must be an absolute path without blanks.`)
}

/** Below what the machine needs for itself nothing is taken. */
const reservedBytes = 1024 ** 3

/** @throws PgforkError `NO_SPACE` */
export async function refuseShortage(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= sizeBytes + reservedBytes) return
  const free = Math.floor((bavail * bsize) / 1024 ** 2)
  throw new PgforkError('NO_SPACE', `${folder} has ${free} MB left; the image and 1 GB besides do not fit.`)
}

const isEmptyDirectory = (path: string): boolean => lstatSync(path).isDirectory() && readdirSync(path).length === 0

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const exists = (path: string, reason: string): PgforkError =>
  new PgforkError('TARGET_EXISTS', `${path} ${reason}. Choose another one.`, { facts: { path } })
