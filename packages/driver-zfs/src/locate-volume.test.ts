import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createContext, fillVolume } from '../../../test/support/driver-fixture/index.ts'
import { createDataset, zpool } from '../../../test/support/guest-storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { zfs } from './index.ts'

test('a directory below the mount point is found', async () => {
  await using dataset = await createDataset()
  const data = await fillVolume(dataset.path)
  expect(await zfs().locate(data, createContext())).toMatchObject({
    id: expect.stringMatching(/^zfs:\d+$/),
    pool: `zfs:${zpool}`,
    root: dataset.path,
    copyOnWrite: true,
    attributes: { dataset: dataset.name, parent: `${zpool}/pgfork` },
  })
})

test('H3: a child dataset below the path is refused by name, one beside it is not', async () => {
  await using dataset = await createDataset()
  const data = await fillVolume(dataset.path)
  await runner.run('zfs', ['create', `${dataset.name}/child`])
  const child = join(dataset.path, 'child')
  await expect(zfs().locate(dataset.path, createContext())).rejects.toMatchObject({
    code: 'LAYOUT_REFUSED',
    hazard: 'H3',
    message: expect.stringContaining(`${child} (${dataset.name}/child)`),
  })
  expect(await zfs().locate(data, createContext())).toMatchObject({ root: dataset.path })
})

test('a snapshot that is looked at in .zfs is no mount below', async () => {
  await using dataset = await createDataset()
  await fillVolume(dataset.path)
  await runner.run('zfs', ['snapshot', `${dataset.name}@looked-at`])
  expect(await readdir(join(dataset.path, '.zfs', 'snapshot', 'looked-at'))).toEqual(['main'])
  expect(await zfs().locate(dataset.path, createContext())).toMatchObject({ root: dataset.path })
  await runner.run('umount', [join(dataset.path, '.zfs', 'snapshot', 'looked-at')])
})

test('other file systems, bind mounts and parents in another pool are refused with the reason', async () => {
  const refused = (path: string, driver = zfs()) => expect(driver.locate(path, createContext())).rejects
  await refused('/proc').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE', message: expect.stringContaining('/proc') })
  await refused('/nowhere').toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
  await using dataset = await createDataset()
  const [data, bound] = [await fillVolume(dataset.path), join(dataset.path, '..', 'bound')]
  await refused(data, zfs({ parent: 'other/forks' })).toMatchObject({
    code: 'DRIVER_NOT_APPLICABLE',
    message: expect.stringContaining('other/forks'),
  })
  await mkdir(bound)
  await runner.run('mount', ['--bind', data, bound])
  try {
    await refused(bound).toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
      message: expect.stringContaining('bind mount'),
    })
  } finally {
    await runner.run('umount', [bound])
  }
})
