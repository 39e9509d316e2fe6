import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, obstacle, takeSnapshot } from './test-fixture.ts'

const mebibyte = 1024 * 1024

describe.skipIf(obstacle !== undefined)('space', () => {
  test('H55: tells data and metadata, agreeing with the file system’s own sums', async () => {
    await using storage = await createTestBtrfs({ sizeMb: 512 })
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const { data, metadata } = await driver.space(volume, context)
    const { stdout } = await runner.run('btrfs', ['filesystem', 'usage', '-b', storage.path])
    const free = Number(/Free \(estimated\):\s+(\d+)/.exec(stdout)?.[1])
    expect(Math.abs(data.totalBytes - data.usedBytes - free)).toBeLessThan(mebibyte)
    expect(metadata?.usedBytes).toBeGreaterThan(0)
    expect(metadata?.totalBytes).toBeGreaterThan(100 * mebibyte)
    expect(metadata?.totalBytes).toBeLessThan(data.totalBytes)
    const unknown = { ...volume, attributes: { ...volume.attributes, fileSystem: 'unknown' } }
    const { data: counted } = await driver.space(unknown, context)
    expect(Math.abs(counted.totalBytes - counted.usedBytes - free)).toBeLessThan(40 * mebibyte)
  })

  test('H55: a full file system is told, refused with NO_SPACE, and can be cleaned up', async () => {
    await using storage = await createTestBtrfs({ sizeMb: 256 })
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'before', context)
    await fill(join(storage.data, 'base', 'large'))
    const { data } = await driver.space(volume, context)
    expect(data.usedBytes / data.totalBytes).toBeGreaterThan(0.95)
    await expect(takeSnapshot(driver, volume, 'full', context)).rejects.toMatchObject({ code: 'NO_SPACE' })
    await driver.removeSnapshot({ volume, name: 'full' }, context)
    await driver.removeSnapshot(snapshot, context)
    expect(await driver.list(volume, context)).toEqual([])
  })
})

async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (;;) await file.write(Buffer.alloc(mebibyte, 1))
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' })
  } finally {
    await file.sync().catch(() => {})
    await file.close()
  }
}
