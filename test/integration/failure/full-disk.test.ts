import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork } from '@pgfork/core'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { createExt4 } from '../../support/storage/index.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const megabyte = 1024 * 1024

/** Fills a file system but for so many megabytes. */
async function fill(folder: string, leaveMegabytes: number): Promise<string> {
  const path = join(folder, 'filler')
  const file = await open(path, 'w')
  try {
    const chunk = Buffer.alloc(megabyte, 'x')
    for (;;) {
      const { bavail, bsize } = await statfs(folder)
      if (bavail * bsize < leaveMegabytes * megabyte) break
      await file.write(chunk)
    }
    await file.sync()
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOSPC') throw error
  } finally {
    await file.close()
  }
  return path
}

await describeOn('btrfs', { sizeMb: 512 }, (bench) => {
  test('H55: storage that is fuller than the thresholds allow is refused with numbers, before anything is made', async () => {
    const filler = await fill(bench.storage.path, 20)
    const made = createFork({ source: bench.source.dataDirectory, ...bench.options })
    await expect(made).rejects.toMatchObject({
      code: 'NO_SPACE',
      hazard: 'H55',
      step: 'plan',
      facts: { usedBytes: expect.any(Number), totalBytes: expect.any(Number) },
    })
    await rm(filler)
    await expectNothingLeft(bench)
  })
})

await describeOn('ext4', { sizeMb: 192 }, (bench) => {
  test.each([100, 60, 30, 10])('a copy that does not fit, with %i MB left, is removed again', async (left) => {
    const filler = await fill(bench.storage.path, left)
    const made = createFork({
      source: bench.source.dataDirectory,
      ...bench.options,
      spaceThresholds: { dataPercent: 100, metadataPercent: 100 },
      // Two copies of the cluster: some of these fail at the snapshot, others at the clone or later.
      resettable: true,
    })
    const error = await made.then(
      (fork) => fork.destroy(),
      (reason: unknown) => reason,
    )
    const codes = ['NO_SPACE', 'SERVER_START_FAILED', 'SOURCE_LOST']
    if (left < 40) expect(error).toMatchObject({ code: expect.toBeOneOf(codes), leftBehind: [] })
    await rm(filler)
    // Where no segment of the WAL is free to be used again, the source itself has no room for the next one.
    if (!bench.source.isRunning()) await bench.source.start()
    await expectNothingLeft(bench)
  })

  test('a state directory without space', async () => {
    await using storage = await createExt4({ sizeMb: 32 })
    const stateDirectory = join(storage.path, 'state')
    await fill(storage.path, 0)
    const made = createFork({ source: bench.source.dataDirectory, driver: copy(), stateDirectory })
    await expect(made).rejects.toMatchObject({ code: expect.toBeOneOf(['NO_SPACE', 'STATE_UNUSABLE']) })
    await expectNothingLeft(bench)
  })

  test('H55: a state directory that is about to be full, or would be by the WAL of a base backup, takes none of it', async () => {
    await using storage = await createExt4({ sizeMb: 32 })
    const stateDirectory = join(storage.path, 'state')
    const attempt = () => createFork({ source: bench.source.dataDirectory, driver: copy(), stateDirectory })
    for (const [left, step] of [
      // A segment of the WAL has 16 MB.
      [10, 'snapshot'],
      [0.5, 'plan'],
    ] as const) {
      const filler = await fill(storage.path, left)
      const refused = { code: 'NO_SPACE', hazard: 'H55', step, leftBehind: [], facts: { path: stateDirectory } }
      await expect(attempt(), step).rejects.toMatchObject(refused)
      await rm(filler)
    }
    await (await attempt()).destroy()
    await expectNothingLeft(bench)
  })
})
