import { forkScenarios } from './fork-scenarios.ts'
import { sourceScenarios } from './source-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

await forkScenarios('ZFS', zfsStorage)
await sourceScenarios('ZFS', zfsStorage)
await troubleScenarios('ZFS', zfsStorage)
