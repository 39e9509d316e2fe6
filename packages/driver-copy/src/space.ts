import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { atExistingFolder, fileSystemSpace, PgforkError, type Space, type Volume } from '@pgfork/core/driver'
import type { TreePlan } from './copy-tree.ts'
import { folderOf } from './names.ts'

/** How full the file system for copies is. What is reserved for root counts as used. */
export async function measureSpace(volume: Volume): Promise<Space> {
  return { data: await atExistingFolder(folderOf(volume).folder, fileSystemSpace) }
}

/** What a copy of bytes must leave free. */
const reservePercent = 2

/**
 * Refuses copies that don't fit, before they fill a disk that the source may be writing to (H55).
 *
 * @throws PgforkError `NO_SPACE`
 */
export async function refuseWithoutSpace(plans: readonly Pick<TreePlan, 'target' | 'totalBytes'>[]): Promise<void> {
  const needed = new Map<number, { readonly folder: string; readonly neededBytes: number }>()
  for (const { target, totalBytes } of plans) {
    const folder = dirname(target)
    const { dev } = await stat(folder)
    needed.set(dev, { folder, neededBytes: (needed.get(dev)?.neededBytes ?? 0) + totalBytes })
  }
  for (const { folder, neededBytes } of needed.values()) {
    const { usedBytes, totalBytes } = await fileSystemSpace(folder)
    const freeBytes = totalBytes - usedBytes
    if (neededBytes <= freeBytes - (totalBytes * reservePercent) / 100) continue
    throw new PgforkError(
      'NO_SPACE',
      `A copy of ${neededBytes} bytes into ${folder} would leave less than ${reservePercent} % of the file system free ` +
        `(${freeBytes} bytes are). Remove files, or give the driver a "directory" with more space or on a file system with reflinks.`,
      { hazard: 'H55', facts: { folder, neededBytes, freeBytes, totalBytes } },
    )
  }
}
