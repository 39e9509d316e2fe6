import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite } from '@pgfork/driver-testkit'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { type Ceph, createImage, startCeph, stopMonitor, whyNoCeph } from '../../../test/support/ceph/index.ts'
import { byExtent } from '../../../test/support/extent.ts'
import { rbd } from './index.ts'
import { ofKernel, ofNbd, ofTest, useCeph } from './test-fixture.ts'

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

const onHost = [
  { filesystem: 'ext4', mapper: 'qemu', createDriver: ofTest, cases: ofExt4 },
  { filesystem: 'xfs', mapper: 'qemu', createDriver: ofTest, cases: ofXfs },
] as const
const inGuest = [
  { filesystem: 'ext4', mapper: 'kernel', createDriver: ofKernel, cases: /./ },
  { filesystem: 'xfs', mapper: 'nbd', createDriver: ofNbd, cases: /./ },
] as const

for (const { filesystem, mapper, createDriver, cases } of process.env.PGFORK_LAB_GUEST ? inGuest : onHost)
  driverSuite({
    runner: {
      describe: (name, body) => describe.skipIf(obstacle !== undefined)(`${name} on ${filesystem} by ${mapper}`, body),
      test(name, body, timeoutMs) {
        if (cases.test(name)) test(name, { timeout: timeoutMs }, body)
      },
    },
    createDriver,
    createVolume: async () => {
      const image = await createImage(ceph, { filesystem, sizeMb: 512, mapper })
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
      factory: createDriver.name,
      execArgv: ['--import', 'tsx'],
    },
  })
