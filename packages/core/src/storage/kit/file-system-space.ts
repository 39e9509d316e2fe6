import { statfs } from 'node:fs/promises'
import { fromSystemError } from '../../errors/from-system-error.ts'
import type { SpaceUsage } from '../driver/snapshot-driver.ts'

/** How full the file system of a path is; what is reserved for root counts as used. @throws PgforkError `STORAGE_MISSING` */
export async function fileSystemSpace(path: string): Promise<SpaceUsage> {
  try {
    const { blocks, bfree, bavail, bsize } = await statfs(path)
    return { usedBytes: (blocks - bfree) * bsize, totalBytes: (blocks - bfree + bavail) * bsize }
  } catch (error) {
    throw fromSystemError(error, 'STORAGE_MISSING', `The space of ${path} could not be read`)
  }
}
