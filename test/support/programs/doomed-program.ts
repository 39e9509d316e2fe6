import process from 'node:process'
import { createFork, type ForkOptions } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { rbd } from '@pgfork/driver-rbd'
import { doomBy } from './doom.ts'
import type { DoomedLife } from './doomed-process.ts'

// Run as a program of its own: makes a fork, resets and destroys it, and kills itself where it was told to. One that was told
// nothing of the kind says how many commands and events of progress its life has.
const { source, stateDirectory, name, death, rbd: ofRbd } = JSON.parse(process.argv[2] as string) as DoomedLife
const { counts, runner, onProgress } = doomBy(death)

const options: ForkOptions = {
  ...{ name, stateDirectory, runner, onProgress },
  driver: ofRbd === undefined ? btrfs() : rbd(ofRbd),
  // So that its step is one of those that a process is killed at.
  prepare: () => {},
}
const fork = await createFork({ ...options, source })
await fork.reset()
await fork.destroy()
process.stdout.write(JSON.stringify(counts))
