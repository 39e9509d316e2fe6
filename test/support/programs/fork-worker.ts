import { parentPort, workerData } from 'node:worker_threads'
import { createFork, isPgforkError } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a worker: makes a fork, destroys it, and tells of a refusal as data; or makes one and leaves it.
const { source, stateDirectory, leave } = workerData
const options = { source, stateDirectory, driver: btrfs() }
const fork = await createFork(leave === undefined ? options : { ...options, name: leave })
if (leave === undefined) await fork.destroy()
const refusal = await createFork({ ...options, name: 'Not A Name' }).catch((error: unknown) => error)
parentPort?.postMessage({
  port: fork.port,
  pid: fork.pid,
  refusal: isPgforkError(refusal) ? refusal.toJSON() : refusal,
})
