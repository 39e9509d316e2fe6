import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, makeClone, obstacle, postgres, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('clone', () => {
  const driver = btrfs()
  let storage: Awaited<ReturnType<typeof createTestBtrfs>>
  let folder: string
  beforeAll(async () => {
    storage = await createTestBtrfs()
    folder = join(storage.path, '.pgfork')
  }, 60_000)
  afterAll(() => storage[Symbol.asyncDispose]())
  const file = (root: string) => join(root, 'main', 'base', '5', '1259')

  test('is one command, writable, for its owner and nobody else (H29)', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 's', context)
    const commandsBefore = context.commands.length
    const clone = await makeClone(driver, snapshot, 'c', context)
    expect(context.commands.slice(commandsBefore)).toEqual([
      `btrfs subvolume snapshot ${join(folder, 'snapshots', 's', 'volume')} ${clone.path}`,
    ])
    expect(clone.path).toBe(join(folder, 'clones', 'c', 'volume'))
    // Nothing above the clone's own files is his.
    expect(await stat(join(folder, 'clones', 'c'))).toMatchObject({ uid: 0, mode: 0o40711 })
    expect(await stat(clone.path)).toMatchObject({ ...postgres, mode: 0o40700 })
    expect(await stat(join(clone.path, 'main'))).toMatchObject({ ...postgres, mode: 0o40700 })
    await runner.run('touch', [join(clone.path, 'main', 'new')], { user: postgres })
    const others = runner.run('ls', [clone.path], { user: { uid: 65534, gid: 65534 } })
    await expect(others).rejects.toMatchObject({ stderr: expect.stringContaining('Permission denied') })
    expect(await driver.attach(clone, context)).toBe(clone.path)
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
  })

  test('many clones of one snapshot are independent of each other, of the snapshot and of the source', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'many', context)
    const names = Array.from({ length: 20 }, (_, number) => `many-${number}`)
    const clones = await Promise.all(names.map((name) => makeClone(driver, snapshot, name, context)))
    await Promise.all(clones.map(({ path, name }) => writeFile(file(path), name)))
    for (const { path, name } of clones) expect(await readFile(file(path), 'utf8')).toBe(name)
    expect(await readFile(file(join(storage.path, 'pg')), 'utf8')).toBe('committed')
    await driver.removeSnapshot(snapshot, context)
    expect(await readFile(file(clones[7]?.path ?? ''), 'utf8')).toBe('many-7')
    await Promise.all(clones.map((clone) => driver.removeClone(clone, context)))
    expect(await readdir(storage.path)).toEqual(['pg'])
  })

  test('a single-use snapshot becomes the clone without a command', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = { volume, name: 'single' }
    await driver.snapshot({ snapshots: [snapshot], singleUse: true }, context)
    const commandsBefore = context.commands.length
    const clone = { volume, name: 'single-clone' }
    await driver.clone({ ...clone, snapshot, consumeSnapshot: true }, context)
    expect(context.commands).toHaveLength(commandsBefore)
    expect(await driver.list(volume, context)).toEqual([
      { kind: 'clone', name: 'single-clone', volume, path: join(folder, 'clones', 'single-clone', 'volume') },
    ])
    const path = await driver.attach(clone, context)
    await driver.handOver(clone, postgres, context)
    await runner.run('touch', [join(path, 'main', 'new')], { user: postgres })
    await driver.removeSnapshot(snapshot, context)
    await driver.removeClone(clone, context)
  })

  test('consumeSnapshot of a read-only snapshot leaves it for core to remove', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'kept', context)
    const clone = { volume, name: 'of-kept' }
    await driver.clone({ ...clone, snapshot, consumeSnapshot: true }, context)
    await writeFile(file(await driver.attach(clone, context)), 'in the clone')
    expect((await driver.list(volume, context)).map(({ name }) => name)).toEqual(['kept', 'of-kept'])
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
  })

  test('a clone can be the source of the next one, and all lie side by side', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 's1', context)
    const first = await makeClone(driver, snapshot, 'c1', context)
    await writeFile(file(first.path), 'of the first')
    const firstVolume = await driver.locate(join(first.path, 'main'), context)
    expect(firstVolume).toMatchObject({ root: first.path, pool: volume.pool, attributes: volume.attributes })
    expect(firstVolume.id).not.toBe(volume.id)
    const secondSnapshot = await takeSnapshot(driver, firstVolume, 's2', context)
    const second = await makeClone(driver, secondSnapshot, 'c2', context)
    expect(second.path).toBe(join(folder, 'clones', 'c2', 'volume'))
    await driver.removeClone(first, context)
    expect(await readFile(file(second.path), 'utf8')).toBe('of the first')
    await driver.removeSnapshot(snapshot, context)
    await driver.removeSnapshot(secondSnapshot, context)
    await driver.removeClone(second, context)
    expect(await readdir(storage.path)).toEqual(['pg'])
  })

  test('H57: a snapshot that is gone, half made or not ours is not cloned', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const cloneOf = (name: string) => driver.clone({ volume, name: `of-${name}`, snapshot: { volume, name } }, context)
    await expect(cloneOf('absent')).rejects.toMatchObject({ code: 'COPY_MISSING' })
    const snapshot = await takeSnapshot(driver, volume, 'outside', context)
    await runner.run('btrfs', ['subvolume', 'delete', join(folder, 'snapshots', 'outside', 'volume')])
    await expect(cloneOf('outside')).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await expect(driver.attach({ volume, name: 'absent' }, context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await writeFile(join(folder, 'snapshots', 'outside', 'mark.json'), '{ "driver": "another" }')
    await expect(cloneOf('outside')).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await runner.run('rm', ['-r', join(folder, 'snapshots', 'outside')])
    await driver.removeSnapshot(snapshot, context)
  })

  test('H6: refuses a name that is taken, and the taken one stays as it is', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'for-taken', context)
    const clone = await makeClone(driver, snapshot, 'taken', context)
    await writeFile(file(clone.path), 'mine')
    await expect(makeClone(driver, snapshot, 'taken', context)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
    expect(await readFile(file(clone.path), 'utf8')).toBe('mine')
    expect(await readdir(clone.path)).toEqual(['main'])
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
  })

  test('a reset: the clone is removed and made again under its name', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'to-reset', context)
    const clone = await makeClone(driver, snapshot, 'reset', context)
    await writeFile(file(clone.path), 'spoilt')
    await driver.removeClone(clone, context)
    const again = await makeClone(driver, snapshot, 'reset', context)
    expect(again.path).toBe(clone.path)
    expect(await readFile(file(again.path), 'utf8')).toBe('committed')
    await rename(file(again.path), `${file(again.path)}.moved`)
    await driver.removeClone(again, context)
    await driver.removeSnapshot(snapshot, context)
  })
})
