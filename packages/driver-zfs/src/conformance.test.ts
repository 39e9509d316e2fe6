import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite, type TestVolume } from '@pgfork/driver-testkit'
import { describe, test } from 'vitest'
import { byExtent } from '../../../test/support/extent.ts'
import { createDataset, isInExtent, takeAwayPool } from '../../../test/support/guest-storage/index.ts'
import { zfs } from './index.ts'

async function createVolume(): Promise<TestVolume> {
  const dataset = await createDataset()
  const path = join(dataset.path, 'data')
  await mkdir(path)
  return { path, [Symbol.asyncDispose]: () => dataset[Symbol.asyncDispose]() }
}

driverSuite({
  runner: {
    describe,
    test(name, body, timeoutMs) {
      if (isInExtent(name)) test(name, { timeout: timeoutMs }, body)
    },
  },
  createDriver: zfs,
  createVolume,
  createVolumes: async (count) => {
    const volumes: TestVolume[] = []
    while (volumes.length < count) volumes.push(await createVolume())
    return volumes
  },
  // A guest has one CPU, and its system calls are slow.
  rounds: byExtent(1, 2, 5),
  timeoutMs: 240_000,
  semantics: { atomicity: 'pool', clonePinsSnapshot: true, copyOnWrite: true, clonesAreMounted: true },
  takeAway: takeAwayPool,
  otherProcess: { module: '@pgfork/driver-zfs', factory: 'zfs', execArgv: ['--import', 'tsx'] },
})
