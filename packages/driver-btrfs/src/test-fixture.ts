import { fillVolume, postgres } from '../../../test/support/driver-fixture/index.ts'
import {
  type BtrfsStorage,
  createBtrfs,
  type StorageOptions,
  whyNoLoopMounts,
} from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'

export {
  createContext,
  makeClone,
  postgres,
  takeSnapshot,
} from '../../../test/support/driver-fixture/index.ts'

/** Why these tests can't run here. */
export const obstacle = await whyNoLoopMounts('btrfs')

/** A Btrfs with the subvolume `pg` and in it a data directory, all of it the servers' user's. */
export async function createTestBtrfs(options?: StorageOptions): Promise<BtrfsStorage & { readonly data: string }> {
  const storage = await createBtrfs({ sizeMb: 1024, ...options })
  const subvolume = await storage.createSubvolume('pg')
  const data = await fillVolume(subvolume)
  await runner.run('chown', [`${postgres.uid}:${postgres.gid}`, subvolume])
  return { ...storage, data }
}
