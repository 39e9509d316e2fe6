import { forkScenarios } from './fork-scenarios.ts'
import { sourceScenarios } from './source-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

forkScenarios('ZFS', zfsStorage)
sourceScenarios('ZFS', zfsStorage)
troubleScenarios('ZFS', zfsStorage)
