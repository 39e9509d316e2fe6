import { forkScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'
import { troubleScenarios } from './trouble-scenarios.ts'

forkScenarios('LVM with ext4', lvmStorage('ext4'))
troubleScenarios('LVM with ext4', lvmStorage('ext4'))
