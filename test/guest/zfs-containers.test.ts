import { containerScenarios } from './container-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

// Its own driver for ZFS wants a pool to itself.
containerScenarios('ZFS', zfsStorage, ['--storage-driver', 'vfs'])
