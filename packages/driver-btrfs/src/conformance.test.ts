import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite } from '@pgfork/driver-testkit'
import { describe, test } from 'vitest'
import { createBtrfs, takeAway } from '../../../test/support/storage/index.ts'
import { btrfs } from './index.ts'
import { obstacle } from './test-fixture.ts'

driverSuite({
  runner: {
    describe: (name, body) => describe.skipIf(obstacle !== undefined)(name, body),
    test: (name, body, timeoutMs) => test(name, { timeout: timeoutMs }, body),
  },
  createDriver: btrfs,
  // A deleted subvolume's space is given back with a commit; by default there is one in 30 s.
  createVolume: async () => {
    const storage = await createBtrfs({ sizeMb: 1024, mountOptions: ['commit=1'] })
    const path = join(await storage.createSubvolume('volume'), 'data')
    await mkdir(path)
    return { path, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() }
  },
  semantics: { atomicity: 'volume', clonePinsSnapshot: false, copyOnWrite: true, clonesAreMounted: false },
  takeAway: ({ path }) => takeAway(path),
  otherProcess: { module: '@pgfork/driver-btrfs', factory: 'btrfs', execArgv: ['--import', 'tsx'] },
})
