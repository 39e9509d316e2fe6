import { containerScenarios } from './container-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

await containerScenarios('LVM with XFS', lvmStorage('xfs'))
