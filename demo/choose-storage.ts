import { join } from 'node:path'
import type { SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { createBtrfs, whyNoLoopMounts } from '../test/support/storage/index.ts'
import { type DemoOptions, sourceMb } from './options.ts'

/** Where the source lies, and the driver that forks it there. Disposing of it takes the storage down. */
export interface DemoStorage extends AsyncDisposable {
  readonly driver: SnapshotDriver
  /** For the user: which one it is, and why. */
  readonly description: string
  readonly reason: string
  /** The data directory to be. */
  readonly dataDirectory: string
}

/** A Btrfs in a loop file where the user may mount one; else `folder`, with the driver for any file system. */
export async function chooseStorage(folder: string, { driver: wish, scale }: DemoOptions): Promise<DemoStorage> {
  if (wish === 'copy') return useFolder(folder, 'asked for by --driver')
  const obstacle = await whyNoLoopMounts('btrfs')
  if (obstacle === undefined) {
    try {
      return await useBtrfs(Math.max(4096, sourceMb(scale) * 4))
    } catch (error) {
      if (wish === 'btrfs') throw error
      return useFolder(folder, `A Btrfs in a loop file failed: ${firstLine(error)}`)
    }
  }
  if (wish === 'btrfs') throw new Error(obstacle)
  return useFolder(folder, obstacle)
}

async function useBtrfs(sizeMb: number): Promise<DemoStorage> {
  const storage = await createBtrfs({ sizeMb })
  try {
    return {
      driver: btrfs(),
      description: 'driver btrfs, on a Btrfs in a loop file',
      reason: 'copy-on-write, and this user may mount it',
      dataDirectory: await storage.createSubvolume('main'),
      [Symbol.asyncDispose]: storage[Symbol.asyncDispose],
    }
  } catch (error) {
    await storage[Symbol.asyncDispose]()
    throw error
  }
}

const useFolder = (folder: string, reason: string): DemoStorage => ({
  driver: copy(),
  description: `driver copy, on the file system of ${folder}`,
  reason,
  dataDirectory: join(folder, 'main'),
  [Symbol.asyncDispose]: async () => {},
})

const firstLine = (error: unknown): string =>
  String(error instanceof Error ? error.message : error).split('\n')[0] ?? ''
