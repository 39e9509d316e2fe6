import process from 'node:process'
import { createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: makes and destroys forks in turn, and ends by itself.
const { source, stateDirectory, count } = JSON.parse(process.argv[2] as string)
for (let made = 0; made < count; made++) {
  const fork = await createFork({ source, stateDirectory, driver: btrfs(), durability: 'throwaway' })
  await fork.destroy()
}
