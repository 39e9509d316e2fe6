import { lvm } from '@pgfork/driver-lvm'
import { createThinVolume } from '../support/guest-storage/index.ts'
import { forkScenarios } from './fork-scenarios.ts'
import { shutDownThinVolume } from './shut-down-thin-volume.ts'

forkScenarios('LVM with XFS', {
  driver: lvm(),
  createVolume: () => createThinVolume({ fileSystem: 'xfs', sizeMb: 2048 }),
  shutDown: shutDownThinVolume,
  tools: ['lvcreate', 'lvrename', 'lvchange', 'lvremove', 'mount', 'umount'],
})
