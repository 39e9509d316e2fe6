import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createContext, fillVolume, makeClone, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createDataset, createSmallZpool, zpool } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { zfs } from './index.ts'

const mebibyte = 1024 * 1024

test("H55: the tightest counts: the pool, or the source's quota, which its snapshots count towards", async () => {
  const [driver, context] = [zfs(), createContext()]
  await using free = await createDataset()
  const volume = await driver.locate(await fillVolume(free.path), context)
  const { data } = await driver.space(volume, context)
  const { stdout } = await runner.run('zfs', ['get', '-Hp', '-o', 'value', 'available', zpool])
  expect(Math.abs(data.totalBytes - data.usedBytes - Number(stdout))).toBeLessThan(mebibyte)
  await using limited = await createDataset({ properties: { quota: '30M' } })
  const limitedVolume = await driver.locate(await fillVolume(limited.path), context)
  await fill(join(limited.path, 'large'), 20)
  await runner.run('zpool', ['sync', zpool])
  const { data: tight } = await driver.space(limitedVolume, context)
  expect(tight.totalBytes).toBe(30 * mebibyte)
  expect(tight.usedBytes).toBeGreaterThan(19 * mebibyte)
})

test('H55: a pool that is full is told, refused with NO_SPACE, and can be cleaned up', async () => {
  const [driver, context] = [zfs(), createContext()]
  await using small = await createSmallZpool(128)
  const volume = await driver.locate(await fillVolume(small.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'before', context)
  await expect(fill(join(small.path, 'large'), 200)).rejects.toMatchObject({ code: 'ENOSPC' })
  await runner.run('zpool', ['sync', small.pool])
  const { data } = await driver.space(volume, context)
  expect(data.usedBytes / data.totalBytes).toBeGreaterThan(0.95)
  await expect(takeSnapshot(driver, volume, 'full', context)).rejects.toMatchObject({ code: 'NO_SPACE' })
  await driver.removeSnapshot({ volume, name: 'full' }, context)
  await driver.removeSnapshot(snapshot, context)
  expect(await driver.list(volume, context)).toEqual([])
})

test("H55: a quota of the clones' parent is told, and keeps clones from filling the pool", async () => {
  await using small = await createSmallZpool(256)
  const parent = `${small.pool}/forks`
  await runner.run('zfs', ['create', '-o', 'mountpoint=none', '-o', 'quota=32M', parent])
  const [driver, context] = [zfs({ parent }), createContext()]
  const volume = await driver.locate(await fillVolume(small.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'one', context)
  const clone = await makeClone(driver, snapshot, 'greedy', context)
  await expect(fill(join(clone.path, 'large'), 48)).rejects.toMatchObject({ errno: -constants.errno.EDQUOT })
  await runner.run('zpool', ['sync', small.pool])
  const { data } = await driver.space(volume, context)
  // What is written at once may pass a quota a little.
  expect(Math.abs(data.totalBytes - 32 * mebibyte)).toBeLessThan(mebibyte)
  expect(data.usedBytes / data.totalBytes).toBeGreaterThan(0.9)
  await fill(join(small.path, 'source'), 48)
  await driver.removeClone(clone, context)
  await driver.removeSnapshot(snapshot, context)
})

async function fill(path: string, megabytes: number): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (let written = 0; written < megabytes; written++) await file.write(randomBytes(mebibyte))
    await file.sync()
  } finally {
    await file.close()
  }
}
