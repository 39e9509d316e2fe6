import process from 'node:process'
import { createStandby } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import type { DoomedStandby } from './doomed-process.ts'

// Run as a program of its own: makes a standby, and kills itself where a step begins.
const { step, ...options } = JSON.parse(process.argv[2] as string) as DoomedStandby
await createStandby({
  ...options,
  driver: btrfs(),
  onProgress(event) {
    if (event.step === step && event.status === 'started') process.kill(process.pid, 'SIGKILL')
  },
})
