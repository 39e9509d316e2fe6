import { containerScenarios } from './container-scenarios.ts'
import { lvmStorage } from './lvm-storage.ts'

containerScenarios('LVM with ext4', lvmStorage('ext4'), [])
