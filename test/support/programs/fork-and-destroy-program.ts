import process from 'node:process'
import { createFork, isPgforkError } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'

// Run as a program of its own: does something with a fork, says how that went, and does nothing to end.
const { source, stateDirectory, what, timeouts = {} } = JSON.parse(process.argv[2] as string)
const { signal } = new AbortController()
const options = { source, stateDirectory, driver: [btrfs(), copy()], signal, timeouts }

async function act(): Promise<string> {
  const fork = await createFork({ ...options, settings: what === 'fail' ? { work_mem: 'plenty' } : {} })
  if (what === 'reset') await fork.reset()
  if (what === 'stop') await fork.stop()
  if (what !== 'keep') await fork.destroy()
  return 'done'
}

const said = await act().catch((error: unknown) => (isPgforkError(error) ? error.code : String(error)))
process.stdout.write(said)
