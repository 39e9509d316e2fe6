import { forkScenarios } from './fork-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'
import { sourceScenarios } from './source-scenarios.ts'
import { troubleScenarios } from './trouble-scenarios.ts'

await forkScenarios('LVM with ext4', lvmStorage('ext4'))
await sourceScenarios('LVM with ext4', lvmStorage('ext4'))
await troubleScenarios('LVM with ext4', lvmStorage('ext4'))
