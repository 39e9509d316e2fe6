import { createLoopFileSystem } from './loop-file-system.ts'
import type { StorageOptions, TestStorage } from './test-storage.ts'

/** A real XFS with reflinks on a loop file. */
export async function createXfs(options: StorageOptions = {}): Promise<TestStorage> {
  return createLoopFileSystem('xfs', options)
}
