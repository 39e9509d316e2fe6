import { lstat, mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { copy } from './index.ts'
import { createContext, makeClone, postgres, storages, type TestTree, takeSnapshot } from './test-fixture.ts'

for (const { name, create, sharesBlocks, sparseBytes, obstacle } of storages)
  describe.skipIf(obstacle !== undefined)(`copies on ${name}`, () => {
    const driver = copy()
    let tree: TestTree
    let folder: string
    beforeAll(async () => {
      tree = await create()
      folder = join(tree.path, 'pg', '.pgfork')
      await runner.run('chown', ['0', join(tree.path, 'pg')])
    }, 60_000)
    afterAll(() => tree[Symbol.asyncDispose]())

    test('a snapshot has everything as it was: content, modes, owners, links; no sockets and pipes', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      expect(volume).toMatchObject({ id: `copy:${tree.data}`, root: tree.data, copyOnWrite: sharesBlocks })
      const snapshot = await takeSnapshot(driver, volume, 's', context)
      const files = join(folder, 'snapshots', 's', 'volume')
      await runner.run('diff', ['-r', '--no-dereference', '-x', '.s.PGSQL.5432', '-x', 'pipe', tree.data, files])
      expect((await readdir(files)).sort()).toEqual(
        (await readdir(tree.data)).filter((entry) => entry !== 'pipe' && entry !== '.s.PGSQL.5432').sort(),
      )
      for (const path of ['', 'PG_VERSION', 'empty', 'base', 'base/5/1259', 'link']) {
        const { mode, uid, gid } = await lstat(join(tree.data, path))
        expect(await lstat(join(files, path)), path).toMatchObject({ mode, uid, gid })
      }
      expect(await readlink(join(files, 'link'))).toBe('/nowhere/at/all')
      const sparse = await stat(join(files, 'base', '5', 'sparse'))
      expect(sparse.size).toBe(sparseBytes)
      expect(sparse.blocks * 512).toBeLessThan(2 * 1024 * 1024)
      expect((await stat(folder)).mode & 0o777).toBe(0o711)
      expect((await stat(join(folder, 'snapshots', 's'))).mode & 0o777).toBe(0o700)
      // Bytes of a live source aren't copied by cp, which goes on as long as a file grows (H63).
      expect(context.commands.filter((command) => command.startsWith('cp '))).toHaveLength(sharesBlocks ? 1 : 0)
      await driver.removeSnapshot(snapshot, context)
      expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
    })

    test('omitted directories are there and empty', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 'o', context, [
        'pg_wal',
        'absent',
        'base/5',
        'link-to-directory',
      ])
      const files = join(folder, 'snapshots', 'o', 'volume')
      expect(await readdir(join(files, 'pg_wal'))).toEqual([])
      expect(await readdir(join(files, 'base'))).toEqual(['5'])
      expect(await readdir(join(files, 'base', '5'))).toEqual([])
      expect(await readlink(join(files, 'link-to-directory'))).toBe('base')
      expect(await stat(join(files, 'pg_wal'))).toMatchObject({ ...postgres, mode: 0o40700 })
      expect((await stat(join(files, 'base'))).mode).toBe(0o40750)
      expect(await readFile(join(files, 'PG_VERSION'), 'utf8')).toBe('15\n')
      await driver.removeSnapshot(snapshot, context)
    })

    test('progress tells all bytes where bytes are copied', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 'p', context)
      if (sharesBlocks) expect(context.told).toEqual([])
      else {
        const last = context.told.at(-1)
        const { stdout } = await runner.run('find', [tree.data, '-type', 'f', '-printf', '%s\n'])
        const bytes = stdout.split('\n').reduce((sum, size) => sum + Number(size), 0)
        expect(last).toEqual({ doneBytes: bytes, totalBytes: bytes })
      }
      await driver.removeSnapshot(snapshot, context)
    })

    test('many clones of one snapshot are independent, and open to their owner alone (H29)', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 'many', context)
      const names = Array.from({ length: 5 }, (_, number) => `many-${number}`)
      const clones = await Promise.all(names.map((clone) => makeClone(driver, snapshot, clone, context)))
      const file = (root: string) => join(root, 'base', '5', '1259')
      for (const { path, name } of clones) await writeFile(file(path), name)
      for (const { path, name } of clones) expect(await readFile(file(path), 'utf8')).toBe(name)
      expect(await readFile(file(tree.data), 'utf8')).toBe('committed')
      const [first] = clones
      if (first === undefined) throw new Error('no clone was made')
      await runner.run('touch', [join(first.path, 'new')], { user: postgres })
      // Nothing above the clone's own files is his.
      expect(await stat(join(folder, 'clones', first.name))).toMatchObject({ uid: 0, mode: 0o40711 })
      expect(await stat(first.path)).toMatchObject({ ...postgres, mode: 0o40700 })
      const others = runner.run('ls', [first.path], { user: { uid: 65534, gid: 65534 } })
      await expect(others).rejects.toMatchObject({ stderr: expect.stringContaining('Permission denied') })
      await driver.removeSnapshot(snapshot, context)
      for (const clone of clones) await driver.removeClone(clone, context)
      expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
    })

    test('consumeSnapshot turns the snapshot into the clone without copying', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 'consumed', context)
      const { ino } = await stat(join(folder, 'snapshots', 'consumed', 'volume', 'PG_VERSION'))
      const clone = { volume, name: 'of-consumed' }
      await driver.clone({ ...clone, snapshot, consumeSnapshot: true }, context)
      const path = await driver.attach(clone, context)
      expect((await stat(join(path, 'PG_VERSION'))).ino).toBe(ino)
      expect(await driver.list(volume, context)).toEqual([{ kind: 'clone', name: 'of-consumed', volume, path }])
      await driver.removeSnapshot(snapshot, context)
      await driver.removeClone(clone, context)
    })

    test('a clone can be the source of the next one, and all lie side by side', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const first = await makeClone(driver, await takeSnapshot(driver, volume, 's1', context), 'c1', context)
      await writeFile(join(first.path, 'base', '5', '1259'), 'of the first')
      const firstVolume = await driver.locate(first.path, context)
      expect(firstVolume.attributes).toEqual(volume.attributes)
      const second = await makeClone(driver, await takeSnapshot(driver, firstVolume, 's2', context), 'c2', context)
      await driver.removeClone(first, context)
      expect(second.path).toBe(join(folder, 'clones', 'c2', 'volume'))
      expect(await readFile(join(second.path, 'base', '5', '1259'), 'utf8')).toBe('of the first')
      await driver.removeClone(second, context)
      await driver.removeSnapshot({ volume, name: 's1' }, context)
      await driver.removeSnapshot({ volume: firstVolume, name: 's2' }, context)
      expect(await readdir(join(tree.path, 'pg'))).toEqual(['main'])
    })

    test('H3: what is mounted below the directory is copied like a directory', async () => {
      const context = createContext()
      const mounted = join(tree.data, 'base', 'mounted')
      await mkdir(mounted)
      await runner.run('mount', ['-t', 'tmpfs', 'none', mounted])
      try {
        await writeFile(join(mounted, 'file'), 'on the mount')
        const volume = await driver.locate(tree.data, context)
        const snapshot = await takeSnapshot(driver, volume, 'm', context)
        const copied = join(folder, 'snapshots', 'm', 'volume', 'base', 'mounted', 'file')
        expect(await readFile(copied, 'utf8')).toBe('on the mount')
        await driver.removeSnapshot(snapshot, context)
      } finally {
        await runner.run('umount', [mounted])
        await runner.run('rmdir', [mounted])
      }
    })

    test('H6, H57: a name that is taken is refused, a snapshot that is gone is not cloned', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const snapshot = await takeSnapshot(driver, volume, 'taken', context)
      await expect(takeSnapshot(driver, volume, 'taken', context)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
      const clone = await makeClone(driver, snapshot, 'taken', context)
      await writeFile(join(clone.path, 'mine'), '')
      await expect(makeClone(driver, snapshot, 'taken', context)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
      await stat(join(clone.path, 'mine'))
      await runner.run('rm', ['-r', join(folder, 'snapshots', 'taken')])
      await expect(makeClone(driver, snapshot, 'other', context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
      await driver.removeSnapshot(snapshot, context)
      await driver.removeClone(clone, context)
      await expect(driver.attach(clone, context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
    })

    test('one snapshot call copies several directories', async () => {
      const context = createContext()
      const other = join(tree.path, 'pg', 'tablespace')
      await mkdir(join(other, 'PG_15_202209061', '5'), { recursive: true })
      await writeFile(join(other, 'PG_15_202209061', '5', '16385'), 'row')
      const volumes = await Promise.all([tree.data, other].map((path) => driver.locate(path, context)))
      expect(volumes[1]).toMatchObject({ copyOnWrite: sharesBlocks, pool: volumes[0]?.pool })
      const snapshots = volumes.map((volume, index) => ({ volume, name: `several.${index}` }))
      await driver.snapshot({ snapshots }, context)
      const copied = join(folder, 'snapshots', 'several.1', 'volume', 'PG_15_202209061', '5', '16385')
      expect(await readFile(copied, 'utf8')).toBe('row')
      for (const snapshot of snapshots) await driver.removeSnapshot(snapshot, context)
      await runner.run('rm', ['-r', other])
    })

    test('is given back with the files, as releasesSpace says', async () => {
      const context = createContext()
      const volume = await driver.locate(tree.data, context)
      const clone = await makeClone(driver, await takeSnapshot(driver, volume, 's', context), 'large', context)
      await writeFile(join(clone.path, 'more'), Buffer.alloc(32 * 1024 * 1024, 1), { flush: true })
      const { data: before } = await driver.space(volume, context)
      await driver.removeClone(clone, context)
      // On Btrfs an unlinked file's blocks are free with the next commit.
      await runner.run('sync', ['-f', tree.path])
      // XFS and Btrfs free an unlinked file's blocks in the background, within moments.
      await expect
        .poll(async () => before.usedBytes - (await driver.space(volume, context)).data.usedBytes, { timeout: 10_000 })
        .toBeGreaterThan(31 * 1024 * 1024)
      await driver.removeSnapshot({ volume, name: 's' }, context)
    })
  })
