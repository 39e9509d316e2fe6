import { statfsSync } from 'node:fs'

/** A container has 64 MB by default, and the parallel queries of a few servers take as much. */
const enoughBytes = 512 * 1024 ** 2

/**
 * Where servers have the memory that processes of a parallel query share: in files of their own where `/dev/shm` is small, or a query fails
 * that runs anywhere else ("could not resize shared memory segment").
 */
export function dynamicMemory(path = '/dev/shm'): Record<string, string> {
  try {
    const { blocks, bsize } = statfsSync(path)
    return blocks * bsize < enoughBytes ? { dynamic_shared_memory_type: 'mmap' } : {}
  } catch {
    // Another system, which has no such folder.
    return {}
  }
}
