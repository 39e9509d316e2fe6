import { lstat, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BtrfsStorage, createBtrfs } from '../../../test/support/storage/index.ts'
import { btrfs } from './btrfs-driver.ts'
import { createContext, obstacle } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('createVolume', () => {
  let storage: BtrfsStorage
  const context = createContext()

  beforeAll(async () => {
    storage = await createBtrfs({ sizeMb: 512 })
  })
  afterAll(() => storage[Symbol.asyncDispose]())

  test('makes a volume of its own, which rm removes', async () => {
    await mkdir(join(storage.path, 'folder'))
    const path = join(storage.path, 'folder', 'made')
    await btrfs().createVolume?.(path, context)
    expect((await btrfs().locate(path, context)).root).toBe(path)
    await rm(path, { recursive: true })
    await expect(lstat(path)).rejects.toThrow('ENOENT')
  })

  test('H6: nothing is made over what exists', async () => {
    const path = join(storage.path, 'existing')
    await mkdir(path)
    await expect(btrfs().createVolume?.(path, context)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
  })

  test('elsewhere it does not apply', async () => {
    const path = join(tmpdir(), 'pgfork-not-on-btrfs')
    await expect(btrfs().createVolume?.(path, context)).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
  })
})
