import { open } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { createFork } from '@pgfork/core'
import { createCluster } from '../../support/cluster/index.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { forksFile, logFile, openDisk, sourceFolder, stateDirectory } from './disk.ts'

// What a power cut ends: writers on a source, and forks that come and go. Every third one is to outlive its maker. What was
// acknowledged, and which of those forks were handed out, is told to the host, flushed. test/lab/power-cut.sh runs it.
const { driver } = await openDisk(process.argv[2], { isNew: true })
const source = await createCluster({ directory: join(sourceFolder, 'main') })
// Guests have one CPU, which forks need, too.
const oracle = await startOracle(source, { writers: 4, pauseMs: 10, logFile })
const forks = await open(forksFile, 'wx')
for (let number = 1; ; number++) {
  const isKept = number % 3 === 1
  const { untilTick } = oracle.acknowledged()
  const fork = await createFork({
    source: source.dataDirectory,
    name: `fork-${number}`,
    ...{ driver, stateDirectory },
    lifetime: isKept ? 'persistent' : 'process',
  })
  if (isKept) {
    await forks.appendFile(`${fork.name} ${untilTick}\n`)
    await forks.datasync()
    console.log(`kept: ${number}`)
    await fork.stop()
  } else await fork.destroy()
  console.log(`forks: ${number}`)
}
