import { open, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, obstacle, takeSnapshot } from './test-fixture.ts'

const mebibyte = 1024 * 1024

describe.skipIf(obstacle !== undefined)('own bytes', () => {
  test('a clone has none of its own until it is written to', async () => {
    await using storage = await createTestBtrfs({ sizeMb: 512 })
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    await write(join(storage.data, 'shared'), 20 * mebibyte)
    const snapshot = await takeSnapshot(driver, volume, 'snapshot', context)
    const clone = { volume, name: 'clone' }
    await driver.clone({ ...clone, snapshot }, context)
    expect(await driver.ownBytes?.(clone, context)).toBe(0)
    await write(join(await driver.attach(clone, context), 'own'), 3 * mebibyte)
    expect(await driver.ownBytes?.(clone, context)).toBe(3 * mebibyte)

    // What the fork's user may put there leads root nowhere else, and doesn't stop it (H61).
    await write(join(storage.path, 'elsewhere'), 5 * mebibyte)
    const files = await driver.attach(clone, context)
    await symlink(join(storage.path, 'elsewhere'), join(files, 'link'))
    await symlink(storage.path, join(files, 'folder'))
    await runner.run('mkfifo', [join(files, 'pipe')])
    expect(await driver.ownBytes?.(clone, context)).toBe(3 * mebibyte)
    await driver.removeClone(clone, context)
    await expect(driver.ownBytes?.(clone, context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await driver.removeSnapshot(snapshot, context)
  })
})

async function write(path: string, bytes: number): Promise<void> {
  const file = await open(path, 'w')
  await file.write(Buffer.alloc(bytes, 1))
  await file.sync()
  await file.close()
}
