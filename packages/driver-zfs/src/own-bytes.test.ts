import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createContext, fillVolume, makeClone, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createDataset, zpool } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { zfs } from './index.ts'

const mebibyte = 1024 * 1024

test('a clone has next to nothing of its own until it is written to', async () => {
  const [driver, context] = [zfs(), createContext()]
  await using dataset = await createDataset()
  await writeFile(join(dataset.path, 'shared'), randomBytes(20 * mebibyte))
  const volume = await driver.locate(await fillVolume(dataset.path), context)
  const snapshot = await takeSnapshot(driver, volume, 'snapshot', context)
  const clone = await makeClone(driver, snapshot, 'clone', context)
  const own = async () => {
    await runner.run('zpool', ['sync', zpool])
    return (await driver.ownBytes?.(clone, context)) ?? -1
  }
  const before = await own()
  expect(before).toBeGreaterThanOrEqual(0)
  expect(before).toBeLessThan(mebibyte)
  await writeFile(join(clone.path, 'own'), randomBytes(3 * mebibyte))
  const after = await own()
  expect(after - before).toBeGreaterThanOrEqual(3 * mebibyte)
  expect(after - before).toBeLessThan(4 * mebibyte)
  await driver.removeClone(clone, context)
  await expect(driver.ownBytes?.(clone, context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
  await driver.removeSnapshot(snapshot, context)
})
