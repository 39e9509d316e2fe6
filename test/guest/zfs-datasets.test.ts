import { forkScenarios } from './fork-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

forkScenarios('ZFS', zfsStorage)
troubleScenarios('ZFS', zfsStorage)
