import { forkScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

await forkScenarios('LVM with XFS', lvmStorage('xfs'))
