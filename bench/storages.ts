import { join } from 'node:path'
import process from 'node:process'
import type { SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { lvm } from '@pgfork/driver-lvm'
import { zfs } from '@pgfork/driver-zfs'
import {
  createDataset,
  createDiskFileSystem,
  createThinVolume,
  provision,
} from '../test/support/guest-storage/index.ts'
import { createBtrfs, createXfs } from '../test/support/storage/index.ts'
import { runner } from '../test/support/system/runner.ts'
import { giveToServerUser } from '../test/support/system/server-user.ts'

export const isGuest = process.env.PGFORK_LAB_GUEST !== undefined

/** `lvm` is ext4 on a thin volume, `copy` XFS with reflinks. */
export const storageNames = ['btrfs', 'copy', 'lvm', 'lvm-xfs', 'zfs'] as const

export type StorageName = (typeof storageNames)[number]

/** Those that need a guest of the lab. */
export const needsGuest = (storage: StorageName): boolean => storage === 'zfs' || storage.startsWith('lvm')

export interface Storage extends AsyncDisposable {
  readonly path: string
  /** For the data directory of the source. */
  readonly directory: string
  readonly driver: SnapshotDriver
}

type MakeStorage = (sizeMb: number) => Promise<Storage>

const thin =
  (fileSystem: 'ext4' | 'xfs'): MakeStorage =>
  async (sizeMb) => {
    await provision('lvm')
    const volume = await createThinVolume({ fileSystem, sizeMb })
    return { ...volume, directory: join(volume.path, 'main'), driver: lvm() }
  }

/** On the host in loop files; in a guest on its disks. */
const makers: Readonly<Record<StorageName, MakeStorage>> = {
  async btrfs(sizeMb) {
    if (!isGuest) {
      const volume = await createBtrfs({ sizeMb })
      return { ...volume, directory: await volume.createSubvolume('main'), driver: btrfs() }
    }
    const volume = await createDiskFileSystem('btrfs')
    const directory = join(volume.path, 'main')
    await runner.run('btrfs', ['subvolume', 'create', directory])
    await giveToServerUser(directory)
    return { ...volume, directory, driver: btrfs() }
  },
  async copy(sizeMb) {
    const volume = isGuest ? await createDiskFileSystem('xfs') : await createXfs({ sizeMb })
    return { ...volume, directory: join(volume.path, 'main'), driver: copy() }
  },
  lvm: thin('ext4'),
  'lvm-xfs': thin('xfs'),
  async zfs() {
    const pool = await provision('zfs')
    const { path, ...dataset } = await createDataset({ properties: { recordsize: '8k' } })
    return {
      path,
      directory: join(path, 'main'),
      driver: zfs(),
      async [Symbol.asyncDispose]() {
        await dataset[Symbol.asyncDispose]()
        await pool[Symbol.asyncDispose]()
      },
    }
  },
}

/** @throws Error for a storage that only a guest has */
export function makeStorage(storage: StorageName, sizeMb: number): Promise<Storage> {
  if (needsGuest(storage) && !isGuest)
    throw new Error(`${storage} needs a guest: npm run lab -- npm run bench -- --driver ${storage}`)
  return makers[storage](sizeMb)
}
