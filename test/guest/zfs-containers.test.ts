import { containerScenarios } from './container-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

await containerScenarios('ZFS', zfsStorage)
