import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { copy } from './index.ts'
import { createContext, storages, takeSnapshot } from './test-fixture.ts'

for (const { name, create, sharesBlocks, obstacle } of storages)
  describe.skipIf(obstacle !== undefined)(`aborting on ${name}`, () => {
    test('before it begins', async () => {
      await using tree = await create()
      const driver = copy()
      const volume = await driver.locate(tree.data, createContext())
      const context = createContext(AbortSignal.abort())
      await expect(takeSnapshot(driver, volume, 's', context)).rejects.toMatchObject({ code: 'ABORTED' })
      await driver.removeSnapshot({ volume, name: 's' }, createContext())
      expect(await driver.list(volume, createContext())).toEqual([])
    })

    // Sharing blocks is over before one could abort it.
    if (sharesBlocks) return
    test('in the middle of a large file: at once, and what there is can be removed', async () => {
      const size = 768 * 1024 * 1024
      await using tree = await create({ sizeMb: 2048 })
      await writeFile(join(tree.data, 'base', 'huge'), Buffer.alloc(size, 1))
      const driver = copy()
      const volume = await driver.locate(tree.data, createContext())
      const controller = new AbortController()
      const context = createContext(controller.signal)
      const stopping = {
        ...context,
        progress: () => controller.abort(),
      }
      const copied = driver.snapshot({ snapshots: [{ volume, name: 's' }] }, stopping)
      await expect(copied).rejects.toMatchObject({ code: 'ABORTED' })
      expect(controller.signal.aborted).toBe(true)
      const files = await readdir(volume.attributes.directory ?? '', { recursive: true, withFileTypes: true })
      const begun = files.find(({ name }) => name === 'huge')
      expect((await stat(join(begun?.parentPath ?? '', 'huge'))).size).toBeLessThan(size)
      await driver.removeSnapshot({ volume, name: 's' }, createContext())
      expect(await driver.list(volume, createContext())).toEqual([])
    })
  })
