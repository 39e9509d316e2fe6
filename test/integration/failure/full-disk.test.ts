import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, createSnapshot, openFork } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
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
  test('H55: a fork of a snapshot and a reset are refused on storage that is nearly full, and made where the threshold was raised', async () => {
    const { source, options } = bench
    await using snapshot = await createSnapshot({ source: source.dataDirectory, name: 'before', ...options })
    const spaceThresholds = { dataPercent: 97 }
    await using fork = await createFork({ source: snapshot, name: 'fork', ...options })
    await using raised = await createFork({ source: snapshot, name: 'raised', ...options, spaceThresholds })
    const nearlyFull = {
      ...options,
      driver: { ...btrfs(), space: async () => ({ data: { usedBytes: 96, totalBytes: 100 } }) },
    }
    const refused = { code: 'NO_SPACE', hazard: 'H55', leftBehind: [] }
    await expect(createFork({ source: snapshot, ...nearlyFull })).rejects.toMatchObject(refused)
    await expect((await openFork('fork', nearlyFull)).reset()).rejects.toMatchObject(refused)
    expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await (await openFork('raised', nearlyFull)).reset()
    await (await createFork({ source: snapshot, ...nearlyFull, spaceThresholds })).destroy()
    expect(await query(raised, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

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
