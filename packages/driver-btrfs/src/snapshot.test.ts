import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, obstacle, postgres, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('snapshot', () => {
  const driver = btrfs()
  let storage: Awaited<ReturnType<typeof createTestBtrfs>>
  let folder: string
  beforeAll(async () => {
    storage = await createTestBtrfs()
    folder = join(storage.path, '.pgfork')
  }, 60_000)
  afterAll(() => storage[Symbol.asyncDispose]())

  test('is one command, read-only, keeps owner and mode, and opens nothing to others (H29)', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, createContext())
    const snapshot = await takeSnapshot(driver, volume, 'first', context)
    const files = join(folder, 'snapshots', 'first', 'volume')
    expect(context.commands).toEqual([`btrfs subvolume snapshot -r ${volume.root} ${files}`])
    await writeFile(join(storage.data, 'base', '5', '1259'), 'changed')
    expect(await readFile(join(files, 'main', 'base', '5', '1259'), 'utf8')).toBe('committed')
    await expect(writeFile(join(files, 'main', 'new'), '')).rejects.toMatchObject({ code: 'EROFS' })
    expect(await stat(join(files, 'main'))).toMatchObject({ uid: postgres.uid, gid: postgres.gid, mode: 0o40700 })
    expect((await stat(folder)).mode & 0o777).toBe(0o711)
    expect((await stat(join(folder, 'snapshots'))).mode & 0o777).toBe(0o711)
    expect((await stat(join(folder, 'snapshots', 'first'))).mode & 0o777).toBe(0o700)
    await driver.removeSnapshot(snapshot, context)
    expect(await readdir(storage.path)).not.toContain('.pgfork')
  })

  test('takes several subvolumes in one call', async () => {
    const context = createContext()
    const other = await storage.createSubvolume('tablespace')
    const volumes = await Promise.all([storage.data, other].map((path) => driver.locate(path, context)))
    const snapshots = volumes.map((volume, index) => ({ volume, name: `several.${index}` }))
    await driver.snapshot({ snapshots }, context)
    expect((await readdir(join(folder, 'snapshots'))).sort()).toEqual(['several.0', 'several.1'])
    for (const snapshot of snapshots) await driver.removeSnapshot(snapshot, context)
  })

  test('H6: refuses a name that is taken, by whatever, and changes nothing there', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 'taken', context)
    await expect(takeSnapshot(driver, volume, 'taken', context)).rejects.toMatchObject({
      code: 'TARGET_EXISTS',
      hazard: 'H6',
    })
    expect(await readdir(join(folder, 'snapshots', 'taken', 'volume'))).toEqual(['main'])
    await mkdir(join(folder, 'snapshots', 'foreign'))
    await expect(takeSnapshot(driver, volume, 'foreign', context)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
    expect(await readdir(join(folder, 'snapshots', 'foreign'))).toEqual([])
    await driver.removeSnapshot({ volume, name: 'foreign' }, context)
    await driver.removeSnapshot(snapshot, context)
  })

  test('H61: refuses folders that are symbolic links or that others can change', async () => {
    const context = createContext()
    const elsewhere = join(storage.path, 'elsewhere')
    await mkdir(elsewhere)
    for (const [name, prepare] of Object.entries({
      link: (path: string) => symlink(elsewhere, path),
      open: (path: string) => runner.run('install', ['-d', '-m', '0777', path]),
      others: (path: string) => runner.run('install', ['-d', '-o', 'nobody', path]),
      inner: async (path: string) => {
        await mkdir(path, { mode: 0o711 })
        await symlink(elsewhere, join(path, 'snapshots'))
      },
    })) {
      const directory = join(storage.path, `planted-${name}`)
      await prepare(directory)
      const careful = btrfs({ directory })
      // As it was located before somebody planted that.
      const volume = await driver.locate(storage.data, context)
      const planted = { ...volume, attributes: { ...volume.attributes, directory } }
      await expect(takeSnapshot(careful, planted, 'x', context)).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        hazard: 'H61',
      })
      await expect(careful.removeSnapshot({ volume: planted, name: 'x' }, context)).rejects.toMatchObject({
        hazard: 'H61',
      })
    }
    for (const name of ['open', 'others']) {
      const located = btrfs({ directory: join(storage.path, `planted-${name}`) }).locate(storage.data, context)
      await expect(located).rejects.toMatchObject({ code: 'PERMISSION_DENIED', hazard: 'H61' })
    }
    expect(await readdir(elsewhere)).toEqual([])
  })

  test('marks an entry before it makes it', async () => {
    const context = createContext()
    const volume = await driver.locate(storage.data, context)
    const failing = {
      ...context,
      runner: { ...context.runner, run: () => context.runner.run('false', []) },
    }
    const snapshot = { volume, name: 'marked' }
    await expect(driver.snapshot({ snapshots: [snapshot] }, failing)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
    const mark = JSON.parse(await readFile(join(folder, 'snapshots', 'marked', 'mark.json'), 'utf8'))
    expect(mark).toMatchObject({ driver: 'btrfs', kind: 'snapshot', name: 'marked', volume: { id: volume.id } })
    expect(await driver.list(volume, context)).toEqual([{ kind: 'snapshot', name: 'marked', volume }])
    await driver.removeSnapshot(snapshot, context)
    expect(await driver.list(volume, context)).toEqual([])
  })
})
