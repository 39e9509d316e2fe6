import process from 'node:process'
import { isPgforkError, recordHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'

// Run as a program of its own: records a history again and again, until it is killed or has done so often. Where another one does, it tries again.
const {
  source,
  stateDirectory,
  keep = '3x1s',
  rounds = Number.POSITIVE_INFINITY,
} = JSON.parse(process.argv[2] as string)
process.stdout.write('begun')
for (let round = 0; round < rounds; round++)
  await recordHistory({ source, stateDirectory, driver: btrfs(), keep, onWarning: () => {} }).catch(
    (error: unknown) => {
      if (!isPgforkError(error, 'BUSY')) throw error
    },
  )
