import { findMount } from '@pgfork/core/driver'
import { zfs } from '@pgfork/driver-zfs'
import { createDataset, createSmallZpool } from '../support/guest-storage/index.ts'
import { runner } from '../support/system/runner.ts'
import type { GuestStorage } from '../support/workbench/guest-workbench.ts'

export const zfsStorage: GuestStorage = {
  driver: zfs(),
  hastyDriver: zfs({ busyTimeoutMs: 300 }),
  createVolume: () => createDataset({ properties: { recordsize: '8k' } }),
  // A pool keeps 128 MB for itself.
  createSmallVolume: () => createSmallZpool(448),
  shutDown: async (mountPoint) => void (await runner.run('umount', [mountPoint])),
  async destroySnapshot(name, mountPoint) {
    const snapshot = `${(await findMount(mountPoint))?.source}@pgfork-${name}`
    await runner.run('zfs', ['release', 'pgfork', snapshot])
    await runner.run('zfs', ['destroy', snapshot])
  },
  tools: ['zfs'],
  hasMetadata: false,
}
