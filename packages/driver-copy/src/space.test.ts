import { readdir, readFile, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createExt4, createXfs } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { copy } from './index.ts'
import { createContext, createTree, obstacle, takeSnapshot } from './test-fixture.ts'

const mebibyte = 1024 * 1024

describe.skipIf(obstacle !== undefined)('space', () => {
  test('H55: a copy that does not fit is refused before a byte is written', async () => {
    await using tree = await createTree(createExt4, { sizeMb: 256 })
    await writeFile(join(tree.data, 'base', 'large'), Buffer.alloc(110 * mebibyte, 1))
    const [driver, context] = [copy(), createContext()]
    const volume = await driver.locate(tree.data, context)
    const before = await statfs(tree.path)
    await expect(takeSnapshot(driver, volume, 's', context)).rejects.toMatchObject({ code: 'NO_SPACE', hazard: 'H55' })
    expect((await statfs(tree.path)).bfree).toBeGreaterThan(before.bfree - 20)
    expect(await readdir(join(volume.attributes.directory ?? '', 'snapshots', 's'))).toEqual(['mark.json'])
    await driver.removeSnapshot({ volume, name: 's' }, context)
    const { data } = await driver.space(volume, context)
    const { bavail, bsize } = await statfs(tree.path)
    expect(data.totalBytes - data.usedBytes).toBe(bavail * bsize)
  })

  test('H55: a disk that becomes full while a copy is made is NO_SPACE, and the half copy can be removed', async () => {
    await using xfs = await createTree(createXfs)
    await using other = await createExt4({ sizeMb: 64 })
    // Only cp doesn't know beforehand what it will take: the bytes of a mount below a directory that shares its blocks.
    await writeFile(join(xfs.data, 'base', 'one'), Buffer.alloc(40 * mebibyte, 1))
    await writeFile(join(xfs.data, 'base', 'two'), Buffer.alloc(40 * mebibyte, 2))
    const driver = copy({ directory: join(other.path, 'forks') })
    const context = createContext()
    const volume = { ...(await driver.locate(xfs.data, context)), copyOnWrite: true }
    await expect(takeSnapshot(driver, volume, 's', context)).rejects.toMatchObject({
      code: 'NO_SPACE',
      stderr: expect.stringContaining('No space left on device'),
    })
    expect(await driver.list(volume, context)).toHaveLength(1)
    await driver.removeSnapshot({ volume, name: 's' }, context)
    expect(await driver.list(volume, context)).toEqual([])
    const { stdout } = await runner.run('df', ['--output=used', '-m', other.path])
    expect(Number(stdout.split('\n')[1])).toBeLessThan(5)
    expect(await readFile(join(xfs.data, 'PG_VERSION'), 'utf8')).toBe('15\n')
  })
})
