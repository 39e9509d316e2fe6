import process from 'node:process'
import { recordHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: records a history again and again, until it is killed.
const { source, stateDirectory } = JSON.parse(process.argv[2] as string)
process.stdout.write('begun')
for (;;) await recordHistory({ source, stateDirectory, driver: btrfs(), keep: '3x1s', onWarning: () => {} })
