import { expect, test } from 'vitest'
import { createContext, fillVolume, makeClone, takeSnapshot } from '../../../test/support/driver-fixture/index.ts'
import { createThinVolume } from '../../../test/support/guest-storage/index.ts'
import { lvm } from './index.ts'

test('H77: what is of another volume of the pool is listed as that, with its own file system and mount options', async () => {
  await using ext4 = await createThinVolume({ fileSystem: 'ext4', mountOptions: ['noatime'] })
  await using xfs = await createThinVolume({ fileSystem: 'xfs' })
  const context = createContext()
  const driver = lvm()
  const [listed, own] = [
    await driver.locate(await fillVolume(ext4.path), context),
    await driver.locate(await fillVolume(xfs.path), context),
  ]
  const snapshot = await takeSnapshot(driver, own, 'listed', context)
  const clone = await makeClone(driver, snapshot, 'listed', context)
  try {
    const found = (await lvm().list(listed, context)).filter(({ name }) => name === 'listed')
    expect(found.map(({ kind }) => kind).sort()).toEqual(['clone', 'snapshot'])
    for (const { volume } of found) expect(volume).toEqual(own)
    expect(own.attributes.mountOptions).toContain('nouuid')
  } finally {
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
  }
})
