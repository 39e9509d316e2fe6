import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createContext, fillVolume, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createThinPool, createThinVolume, volumeGroup } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { lvm } from './index.ts'

test('H55: a pool that is full is told, refused with NO_SPACE, and can be cleaned up', async () => {
  await using pool = await createThinPool({ sizeMb: 64 })
  await using thin = await createThinVolume({ ...pool, sizeMb: 128 })
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(await fillVolume(thin.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'before', context)
  const { data: before, metadata } = await driver.space(volume, context)
  expect(before.totalBytes).toBe(64 * 1024 * 1024)
  expect(before.usedBytes).toBeLessThan(32 * 1024 * 1024)
  expect(metadata?.totalBytes).toBe(4 * 1024 * 1024)
  await fill(join(thin.path, 'large'))
  const { data } = await driver.space(volume, context)
  expect(data.usedBytes / data.totalBytes).toBeGreaterThan(0.99)
  await expect(takeSnapshot(driver, volume, 'full', context)).rejects.toMatchObject({
    code: 'NO_SPACE',
    message: expect.stringMatching(/lvextend/),
  })
  await driver.removeSnapshot({ volume, name: 'full' }, context)
  await driver.removeSnapshot(snapshot, context)
  expect(await driver.list(volume, context)).toEqual([])
})

test('H55: a pool whose metadata is full is told and refused with NO_SPACE', { timeout: 300_000 }, async () => {
  await using pool = await createThinPool({ sizeMb: 64, metadataMb: 4 })
  await using thin = await createThinVolume({ ...pool, sizeMb: 64 })
  const [driver, context] = [lvm(), createContext()]
  const volume = await driver.locate(await fillVolume(thin.path), context)
  // Each thin volume takes a block of metadata, also one that LVM doesn't know.
  const device = `${volumeGroup}-${pool.pool.replaceAll('-', '--')}-tpool`
  const before = share(await driver.space(volume, context))
  const make = `for ((number = 1000; number < 1700; number++)); do dmsetup message ${device} 0 "create_thin $number" || exit; done`
  await runner.run('bash', ['-c', make], { timeoutMs: 200_000 })
  expect(before).toBeLessThan(0.2)
  expect(share(await driver.space(volume, context))).toBeGreaterThan(0.75)
  await expect(takeSnapshot(driver, volume, 'full', context)).rejects.toMatchObject({
    code: 'NO_SPACE',
    message: expect.stringContaining('--poolmetadatasize'),
  })
  await driver.removeSnapshot({ volume, name: 'full' }, context)
})

const share = ({ metadata }: { readonly metadata?: { usedBytes: number; totalBytes: number } | undefined }): number =>
  (metadata?.usedBytes ?? 0) / (metadata?.totalBytes ?? 1)

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (let written = 0; written < 100; written++) await file.write(Buffer.alloc(1024 * 1024, written + 1))
    await file.sync()
    throw new Error('The pool took more than it has.')
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(EIO|ENOSPC|EROFS)$/) })
  } finally {
    await file.close().catch(() => {})
  }
}
