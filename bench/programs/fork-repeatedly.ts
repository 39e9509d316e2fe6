/** Makes forks one after another and prints what each cost this process: fork-repeatedly.ts DRIVER SOURCE STATE COUNT */
import process from 'node:process'
import { createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'

export interface ForkCost {
  readonly cpuMs: number
  readonly wallMs: number
}

const [name, source = '', stateDirectory = '', count] = process.argv.slice(2)
const driver = name === 'btrfs' ? btrfs() : copy()
const costs: ForkCost[] = []
for (let index = 0; index < Number(count); index++) {
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const fork = await createFork({ source, driver, stateDirectory })
  const { user, system } = process.cpuUsage(before)
  costs.push({ cpuMs: (user + system) / 1000, wallMs: performance.now() - startedAt })
  await fork.destroy()
}
console.log(JSON.stringify(costs))
