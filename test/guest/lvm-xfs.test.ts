import { byExtent } from '../support/extent.ts'
import { articleScenario, forkScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

const scenarios = byExtent(articleScenario, forkScenarios)
await scenarios('LVM with XFS', lvmStorage('xfs'))
