import { forkScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'
import { sourceScenarios } from './source-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'

forkScenarios('LVM with ext4', lvmStorage('ext4'))
sourceScenarios('LVM with ext4', lvmStorage('ext4'))
troubleScenarios('LVM with ext4', lvmStorage('ext4'))
