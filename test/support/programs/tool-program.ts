import process from 'node:process'
import { launcher } from '@pgfork/containers'
import { createRunner } from '@pgfork/core'
import type { RunProgramRequest } from '@pgfork/core/companion'

// Run as a program of its own: runs a program in a container, as long as it takes.
await launcher({ runner: createRunner() }).run(JSON.parse(process.argv[2] ?? '') as RunProgramRequest)
