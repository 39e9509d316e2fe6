import process from 'node:process'
import { createFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: makes two forks at once, destroys them, has a third refused, and does nothing to end.
const { source, stateDirectory } = JSON.parse(process.argv[2] as string)
const options = { source, stateDirectory, driver: btrfs() }
const forks = await Promise.all([createFork(options), createFork(options)])
await Promise.all(forks.map((fork) => fork.destroy()))
await createFork({ ...options, source: '/nowhere' }).catch(() => {})
process.stdout.write('done')
