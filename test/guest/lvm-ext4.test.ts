import { lvm } from '@pgfork/driver-lvm'
import { createThinVolume } from '../support/guest-storage/index.ts'
import { forkScenarios } from './fork-scenarios.ts'
import { shutDownThinVolume } from './shut-down-thin-volume.ts'

forkScenarios('LVM with ext4', {
  driver: lvm(),
  createVolume: () => createThinVolume({ fileSystem: 'ext4', sizeMb: 2048 }),
  shutDown: shutDownThinVolume,
  tools: ['lvcreate', 'lvrename', 'lvchange', 'lvremove', 'mount', 'umount'],
})
