import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite, type TestVolume } from '@pgfork/driver-testkit'
import { describe, test } from 'vitest'
import {
  createExt4,
  createXfs,
  type TestStorage,
  takeAway,
  whyNoLoopMounts,
} from '../../../test/support/storage/index.ts'
import { copy } from './index.ts'

const onStorage = async (storage: TestStorage): Promise<TestVolume> => {
  const path = join(storage.path, 'data')
  await mkdir(path)
  return { path, [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose]() }
}

for (const [fileSystem, create, copyOnWrite] of [
  ['xfs', createXfs, true],
  ['ext4', createExt4, false],
] as const) {
  const obstacle = await whyNoLoopMounts(fileSystem)
  driverSuite({
    runner: {
      describe: (name, body) => describe.skipIf(obstacle !== undefined)(`${name} on ${fileSystem}`, body),
      test: (name, body, timeoutMs) => test(name, { timeout: timeoutMs }, body),
    },
    createDriver: copy,
    createVolume: async () => onStorage(await create({ sizeMb: 1024 })),
    semantics: {
      atomicity: 'none',
      clonePinsSnapshot: false,
      copyOnWrite,
      leaves: 'unflushed',
      clonesAreMounted: false,
    },
    // Every directory can be copied; one that isn't there can't.
    foreignPath: '/nowhere/at/all',
    takeAway: ({ path }) => takeAway(path),
    otherProcess: { module: '@pgfork/driver-copy', factory: 'copy', execArgv: ['--import', 'tsx'] },
  })
}
