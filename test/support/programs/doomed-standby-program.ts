import process from 'node:process'
import { createStandby, openStandby, type ProgressEvent } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import type { DoomedStandby } from './doomed-process.ts'

// Run as a program of its own: makes a standby, or seeds it anew, and kills itself where a step begins.
const { step, reseeds = false, ...options } = JSON.parse(process.argv[2] as string) as DoomedStandby
const doomed = {
  driver: btrfs(),
  onProgress(event: ProgressEvent) {
    if (event.step === step && event.status === 'started') process.kill(process.pid, 'SIGKILL')
  },
}
if (reseeds) {
  const { name, stateDirectory } = options
  await (await openStandby(name, { ...doomed, ...(stateDirectory === undefined ? {} : { stateDirectory }) })).reseed()
} else await createStandby({ ...options, ...doomed })
