import { forkScenarios } from './fork-scenarios.ts'
import { historyScenarios } from './history-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

for (const scenarios of [forkScenarios, historyScenarios]) await scenarios('LVM with XFS', lvmStorage('xfs'))
