import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite, type TestVolume } from '@pgfork/driver-testkit'
import { describe, test } from 'vitest'
import { byExtent } from '../../../test/support/extent.ts'
import {
  createExt4,
  createXfs,
  type TestStorage,
  takeAway,
  whyNoLoopMounts,
} from '../../../test/support/storage/index.ts'
import { overlay } from './index.ts'

const onStorage = async (storage: TestStorage): Promise<TestVolume> => {
  const path = join(storage.path, 'data')
  await mkdir(path)
  return { path, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() }
}

const ext4 = ['ext4', createExt4, false] as const

for (const [fileSystem, create, copyOnWrite] of byExtent([ext4], [['xfs', createXfs, true] as const, ext4])) {
  const obstacle = await whyNoLoopMounts(fileSystem)
  driverSuite({
    runner: {
      describe: (name, body) => describe.skipIf(obstacle !== undefined)(`${name} on ${fileSystem}`, body),
      test: (name, body, timeoutMs) => test(name, { timeout: timeoutMs }, body),
    },
    createDriver: overlay,
    createVolume: async () => onStorage(await create({ sizeMb: 1024 })),
    semantics: { atomicity: 'none', clonePinsSnapshot: true, copyOnWrite, leaves: 'unflushed', clonesAreMounted: true },
    // Every directory can be copied; one that isn't there can't.
    foreignPath: '/nowhere/at/all',
    takeAway: ({ path }) => takeAway(path),
    otherProcess: { module: '@pgfork/driver-overlay', factory: 'overlay', execArgv: ['--import', 'tsx'] },
  })
}
