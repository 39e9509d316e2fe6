import { createBtrfs } from './create-btrfs.ts'
import { createExt4 } from './create-ext4.ts'
import { createXfs } from './create-xfs.ts'
import type { FileSystemName, StorageOptions, TestStorage } from './test-storage.ts'

const makers = { btrfs: createBtrfs, xfs: createXfs, ext4: createExt4 }

/** A real file system of this kind; see `createBtrfs` and the like. */
export const createStorage = (filesystem: FileSystemName, options: StorageOptions = {}): Promise<TestStorage> =>
  makers[filesystem](options)
