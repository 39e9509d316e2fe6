import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite } from '@pgfork/driver-testkit'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Ceph, createImage, startCeph, stopMonitor, whyNoCeph } from '../../../test/support/ceph/index.ts'
import { byExtent } from '../../../test/support/extent.ts'
import { rbd } from './index.ts'
import { ofTest, useCeph } from './test-fixture.ts'

const obstacle = await whyNoCeph()
let ceph: Ceph

beforeAll(async () => {
  if (obstacle !== undefined) return
  ceph = await startCeph()
  await useCeph(ceph)
})
afterAll(() => ceph?.[Symbol.asyncDispose]())

/** What depends on the file system in the image rather than on Ceph. */
const ofFileSystem = /everything flushed|one instant|keeps modes|clone of a clone|owner alone|attaching/
const ofXfs = byExtent(/one instant/, ofFileSystem, /./)
/** The rest is the driver kit's, or waits for half a minute. */
const ofExt4 = byExtent(
  /states the facts|locates a|everything flushed|clone of a clone|attaching|removed clone is gone|a snapshot can go|H97|owner alone|outline/,
  /./,
)

for (const filesystem of ['ext4', 'xfs'] as const)
  driverSuite({
    runner: {
      describe: (name, body) => describe.skipIf(obstacle !== undefined)(`${name} on ${filesystem}`, body),
      test(name, body, timeoutMs) {
        if ((filesystem === 'ext4' ? ofExt4 : ofXfs).test(name)) test(name, { timeout: timeoutMs }, body)
      },
    },
    createDriver: ofTest,
    createVolume: async () => {
      const image = await createImage(ceph, { filesystem, sizeMb: 512 })
      const path = join(image.path, 'data')
      await mkdir(path)
      const reference = { volume: rbd.image(`rbd/${image.name}`), mountedAt: image.path }
      return { path, reference, [Symbol.asyncDispose]: () => image[Symbol.asyncDispose]() }
    },
    rounds: byExtent(1, 2, 5),
    timeoutMs: 240_000,
    semantics: {
      ...{ atomicity: 'volume', clonePinsSnapshot: false, copyOnWrite: true, clonesAreMounted: true },
      ...{ captures: 'flushed', reach: 'cluster' },
    },
    takeAway: () => stopMonitor(ceph),
    otherProcess: {
      module: new URL('./test-fixture.ts', import.meta.url).href,
      factory: 'ofTest',
      execArgv: ['--import', 'tsx'],
    },
  })
