import { createLoopFileSystem } from './loop-file-system.ts'
import type { StorageOptions, TestStorage } from './test-storage.ts'

/** A real ext4 on a loop file: nothing on it can share blocks. */
export async function createExt4(options: StorageOptions = {}): Promise<TestStorage> {
  return createLoopFileSystem('ext4', options)
}
