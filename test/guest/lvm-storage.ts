import { findMount } from '@pgfork/core/driver'
import { lvm } from '@pgfork/driver-lvm'
import { createThinPool, createThinVolume, volumeGroup } from '../support/guest-storage/index.ts'
import { runner } from '../support/system/runner.ts'
import type { GuestStorage } from '../support/workbench/guest-workbench.ts'

export const lvmStorage = (fileSystem: 'ext4' | 'xfs'): GuestStorage => ({
  driver: lvm(),
  hastyDriver: lvm({ busyTimeoutMs: 300 }),
  createVolume: () => createThinVolume({ fileSystem, sizeMb: 2048 }),
  async createSmallVolume() {
    const pool = await createThinPool({ sizeMb: 320 })
    const volume = await createThinVolume({ ...pool, fileSystem, sizeMb: 1024 })
    return {
      path: volume.path,
      async [Symbol.asyncDispose]() {
        await volume[Symbol.asyncDispose]()
        await pool[Symbol.asyncDispose]()
      },
    }
  },
  async shutDown(mountPoint) {
    const mount = await findMount(mountPoint)
    await runner.run('umount', [mountPoint])
    await runner.run('lvchange', ['--activate', 'n', mount?.source ?? ''])
  },
  async mountAgain(mountPoint) {
    const { fileSystem = '', source = '' } = (await findMount(mountPoint)) ?? {}
    await runner.run('umount', [mountPoint])
    await runner.run('mount', ['-t', fileSystem, source, mountPoint])
  },
  destroySnapshot: async (name) =>
    void (await runner.run('lvremove', ['--yes', `${volumeGroup}/pgfork-s-${name.replaceAll('_', '+')}`])),
  tools: ['lvcreate', 'lvrename', 'lvchange', 'lvremove', 'mount', 'umount'],
  hasMetadata: true,
})
