import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { driverSuite } from '@pgfork/driver-testkit'
import { describe, test } from 'vitest'
import { byExtent } from '../../../test/support/extent.ts'
import { createThinVolume, isInExtent, takeAwayGroup } from '../../../test/support/guest-storage/index.ts'
import { lvm } from './index.ts'

/** What depends on the file system in the volume rather than on LVM. The rest, with it twice, took most of a guest's time. */
const ofFileSystem =
  /everything flushed|one instant|keeps modes|independent of each other|clone of a clone|owner alone|attaching|space/
const ofXfs = byExtent(/one instant/, ofFileSystem, /./)

for (const fileSystem of ['ext4', 'xfs'] as const)
  driverSuite({
    runner: {
      describe: (name, body) => describe(`${name} on ${fileSystem}`, body),
      test(name, body, timeoutMs) {
        if (fileSystem === 'ext4' ? isInExtent(name) : ofXfs.test(name)) test(name, { timeout: timeoutMs }, body)
      },
    },
    createDriver: lvm,
    createVolume: async () => {
      const volume = await createThinVolume({ fileSystem })
      const path = join(volume.path, 'data')
      await mkdir(path)
      return { path, [Symbol.asyncDispose]: () => volume[Symbol.asyncDispose]() }
    },
    // A guest has one CPU, and its system calls are slow.
    rounds: byExtent(1, 2, 5),
    timeoutMs: 240_000,
    semantics: { atomicity: 'volume', clonePinsSnapshot: false, copyOnWrite: true, clonesAreMounted: true },
    takeAway: takeAwayGroup,
    otherProcess: { module: '@pgfork/driver-lvm', factory: 'lvm', execArgv: ['--import', 'tsx'] },
  })
