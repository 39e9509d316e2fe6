import process from 'node:process'
import { createFork, openSnapshot } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: forks a past moment whose WAL a command fetches, until it is killed.
const { stateDirectory, snapshot, at, restoreCommand } = JSON.parse(process.argv[2] as string)
const options = { stateDirectory, driver: btrfs(), onWarning: () => {} }
await createFork({ ...options, source: await openSnapshot(snapshot, options), at, wal: { restoreCommand } })
