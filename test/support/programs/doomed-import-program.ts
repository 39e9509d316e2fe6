import process from 'node:process'
import { importDatabase } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { doomBy } from './doom.ts'
import type { DoomedImport } from './doomed-process.ts'

// Run as a program of its own: imports, and kills itself where it was told to. One that was told nothing of the kind destroys what it imported, and says
// how many commands and events of progress that took.
const { death, ...options } = JSON.parse(process.argv[2] as string) as DoomedImport
const { counts, runner, onProgress } = doomBy(death)
const imported = await importDatabase({ ...options, driver: btrfs(), runner, onProgress })
const length = { ...counts }
await imported.destroy()
process.stdout.write(JSON.stringify(length))
