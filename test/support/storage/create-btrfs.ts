import { join } from 'node:path'
import { runner } from '../system/runner.ts'
import { giveToServerUser } from '../system/server-user.ts'
import { createLoopFileSystem } from './loop-file-system.ts'
import type { StorageOptions, TestStorage } from './test-storage.ts'

export interface BtrfsStorage extends TestStorage {
  /** Makes an empty subvolume that belongs to the servers' user and returns its path. */
  createSubvolume(name: string): Promise<string>
}

export const hasSubvolumes = (storage: TestStorage): storage is BtrfsStorage => 'createSubvolume' in storage

/** A real Btrfs on a loop file. */
export async function createBtrfs(options: StorageOptions = {}): Promise<BtrfsStorage> {
  const storage = await createLoopFileSystem('btrfs', options)
  return {
    ...storage,
    async createSubvolume(name) {
      const path = join(storage.path, name)
      await runner.run('btrfs', ['subvolume', 'create', path])
      await giveToServerUser(path)
      return path
    },
  }
}
