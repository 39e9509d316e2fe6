import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runVerbs } from '../../../test/support/driver-process/index.ts'
import { createExt4, createFolder, createXfs } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { copy } from './index.ts'
import { createContext, createTree, makeClone, obstacle, postgres, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('locate', () => {
  test('leaves nothing, follows links to the directory, and chooses the folder above it', async () => {
    await using tree = await createTree(createXfs)
    const link = join(tree.path, 'link')
    await symlink(tree.data, link)
    const volume = await copy().locate(link, createContext())
    // Where its owner can't exchange it (H61).
    expect(volume).toMatchObject({ root: tree.data, attributes: { directory: join(tree.path, '.pgfork') } })
    expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
  })

  test('with the folder on another file system bytes are copied there, and shared from then on', async () => {
    await using ext4 = await createTree(createExt4)
    await using xfs = await createXfs({ sizeMb: 512 })
    const driver = copy({ directory: join(xfs.path, 'forks') })
    const context = createContext()
    const volume = await driver.locate(ext4.data, context)
    expect(volume).toMatchObject({ copyOnWrite: false, attributes: { clonesShareBlocks: 'true' } })
    const snapshot = await takeSnapshot(driver, volume, 's', context)
    const { length } = context.told
    expect(length).toBeGreaterThan(0)
    const measure = async () => {
      await runner.run('sync', ['-f', xfs.path])
      return (await driver.space(volume, context)).data
    }
    const before = await measure()
    const clone = await makeClone(driver, snapshot, 'c', context)
    expect(context.told).toHaveLength(length)
    const { usedBytes, totalBytes } = await measure()
    expect(usedBytes - before.usedBytes).toBeLessThan(1024 * 1024)
    expect(totalBytes).toBeGreaterThan(400 * 1024 * 1024)
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
    expect(await readdir(join(xfs.path, 'forks'))).toEqual([])
  })

  test('XFS without reflinks is found to have none', async () => {
    await using folder = await createFolder()
    const image = join(folder.path, 'image')
    const mountPoint = join(folder.path, 'mount')
    await mkdir(mountPoint)
    await runner.run('truncate', ['-s', '400M', image])
    await runner.run('mkfs.xfs', ['-q', '-m', 'reflink=0', image])
    await runner.run('mount', ['-o', 'loop', image, mountPoint])
    try {
      await mkdir(join(mountPoint, 'data'))
      await writeFile(join(mountPoint, 'data', 'file'), 'x')
      expect(await copy().locate(join(mountPoint, 'data'), createContext())).toMatchObject({ copyOnWrite: false })
      expect(await readdir(mountPoint)).toEqual(['data'])
    } finally {
      await runner.run('umount', [mountPoint])
    }
  })

  test('refuses what is no readable directory, and a folder inside the source', async () => {
    await using folder = await createFolder()
    const file = join(folder.path, 'file')
    await writeFile(file, '')
    const applicable = { code: 'DRIVER_NOT_APPLICABLE' }
    await expect(copy().locate(file, createContext())).rejects.toMatchObject(applicable)
    await expect(copy().locate(join(folder.path, 'absent'), createContext())).rejects.toMatchObject(applicable)
    const inside = copy({ directory: join(folder.path, 'forks') })
    await expect(inside.locate(folder.path, createContext())).rejects.toMatchObject(applicable)
    const nowhere = copy({ directory: '/nowhere/at/all' })
    await expect(nowhere.locate(folder.path, createContext())).rejects.toMatchObject(applicable)
    const closed = join(folder.path, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const { outcomes } = await runVerbs({
      driver: 'copy',
      user: postgres,
      calls: [{ verb: 'locate', argument: closed }],
    })
    expect(outcomes[0]?.error).toMatchObject({ code: 'PERMISSION_DENIED' })
  })

  test('refuses options of the wrong type', () => {
    expect(() => copy({ directory: 'relative' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
    expect(() => copy({ busyTimeoutMs: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  })
})
