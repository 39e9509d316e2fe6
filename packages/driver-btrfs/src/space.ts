import { readdirSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fileSystemSpace, fromSystemError, type Space, type SpaceUsage, type Volume } from '@pgfork/core/driver'

/**
 * How full a Btrfs is. Data and metadata take chunks of the unallocated space as they need them, so each total includes all of
 * it. Whichever is full first stops all writes, the source's as well (H55).
 */
export async function measureSpace({ root, attributes }: Volume): Promise<Space> {
  try {
    const folder = `/sys/fs/btrfs/${attributes.fileSystem}/allocation`
    const [data, metadata, system] = ['data', 'metadata', 'system'].map((kind) => readAllocation(join(folder, kind)))
    // Absent from /sys for mixed block groups, and in a container without it.
    if (data === undefined || metadata === undefined || system === undefined)
      return { data: await fileSystemSpace(root) }
    const { blocks, bsize } = await statfs(root)
    // statfs counts what files can take; on the devices that is more, by the profile's copies.
    const unallocatedBytes = Math.max(
      0,
      blocks * bsize * data.copies - data.diskBytes - metadata.diskBytes - system.diskBytes,
    )
    return { data: usage(data, unallocatedBytes), metadata: usage(metadata, unallocatedBytes) }
  } catch (error) {
    throw fromSystemError(error, 'COMMAND_FAILED', `The space of ${root} can't be read`)
  }
}

interface Allocation {
  readonly usedBytes: number
  readonly totalBytes: number
  /** What the chunks take on all devices. */
  readonly diskBytes: number
  readonly copies: number
}

const usage = ({ usedBytes, totalBytes, copies }: Allocation, unallocatedBytes: number): SpaceUsage => ({
  usedBytes,
  totalBytes: totalBytes + Math.floor(unallocatedBytes / copies),
})

/** Synchronously: no disk is behind these files, and there are many. */
function readAllocation(folder: string): Allocation | undefined {
  if (isEmpty(folder)) return undefined
  const read = (file: string): number => Number(readFileSync(join(folder, file), 'utf8'))
  const names = ['bytes_used', 'bytes_pinned', 'bytes_reserved', 'bytes_may_use', 'bytes_readonly'] as const
  const [totalBytes, diskBytes] = [read('total_bytes'), read('disk_total')]
  return {
    usedBytes: names.reduce((sum, name) => sum + read(name), 0),
    totalBytes,
    diskBytes,
    copies: totalBytes === 0 ? 1 : diskBytes / totalBytes,
  }
}

function isEmpty(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0
  } catch {
    return true
  }
}
