import { zfs } from '@pgfork/driver-zfs'
import { createDataset } from '../support/guest-storage/index.ts'
import { runner } from '../support/system/runner.ts'
import { forkScenarios } from './fork-scenarios.ts'

forkScenarios('ZFS', {
  driver: zfs(),
  createVolume: () => createDataset({ properties: { recordsize: '8k' } }),
  shutDown: async (mountPoint) => void (await runner.run('umount', [mountPoint])),
  tools: ['zfs'],
})
