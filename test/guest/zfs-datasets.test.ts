import { byExtent } from '../support/extent.ts'
import { allScenarios } from './all-scenarios.ts'
import { mainScenarios } from './fork-scenarios.ts'
import { zfsStorage } from './zfs-storage.ts'

const scenarios = byExtent(mainScenarios, allScenarios)
await scenarios('ZFS', zfsStorage)
