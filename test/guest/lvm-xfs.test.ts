import { byExtent } from '../support/extent.ts'
import { forkScenarios, mainScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

const scenarios = byExtent(mainScenarios, forkScenarios)
await scenarios('LVM with XFS', lvmStorage('xfs'))
