import { byExtent } from '../support/extent.ts'
import { allScenarios } from './all-scenarios.ts'
import { mainScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

const scenarios = byExtent(mainScenarios, allScenarios)
await scenarios('LVM with ext4', lvmStorage('ext4'))
