import { chown, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runVerbs, runVerbsWell } from '../../../test/support/driver-process/index.ts'
import { createExt4, createFolder, type TestStorage } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, makeClone, obstacle, postgres, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('locate', () => {
  let storage: Awaited<ReturnType<typeof createTestBtrfs>>
  beforeAll(async () => {
    storage = await createTestBtrfs()
  }, 60_000)
  afterAll(() => storage[Symbol.asyncDispose]())

  test('finds the subvolume above the directory, with a folder beside it, and the same again', async () => {
    const volume = await btrfs().locate(storage.data, createContext())
    expect(volume).toMatchObject({
      root: join(storage.path, 'pg'),
      copyOnWrite: true,
      attributes: { directory: join(storage.path, '.pgfork') },
    })
    expect(volume.pool).toMatch(/^btrfs:[0-9a-f]{8}-/)
    expect(volume.id).toBe(`${volume.pool}:/pg`)
    expect(await btrfs().locate(join(storage.data, 'base'), createContext())).toEqual(volume)
    expect(await btrfs().locate(join(storage.path, 'pg'), createContext())).toEqual(volume)
  })

  test('knows a subvolume by another mount of it', async () => {
    const other = `${storage.path}-other`
    await mkdir(other)
    await runner.run('mount', ['-o', 'subvol=pg', storage.device, other])
    try {
      const driver = btrfs({ directory: join(storage.path, '.forks') })
      const volume = await driver.locate(join(other, 'main'), createContext())
      expect(volume.id).toBe((await driver.locate(storage.data, createContext())).id)
      const context = createContext()
      const snapshot = await takeSnapshot(driver, volume, 'across-mounts', context)
      await driver.removeSnapshot(snapshot, context)
      // Without a directory: what is beside that mount is another file system, and in it all is the source's owner's.
      await expect(btrfs().locate(join(other, 'main'), context)).rejects.toMatchObject({
        code: 'PERMISSION_DENIED',
        hazard: 'H61',
        message: expect.stringContaining(`chown root ${other}`),
      })
      await chown(other, 0, 0)
      expect((await btrfs().locate(join(other, 'main'), context)).attributes.directory).toBe(join(other, '.pgfork'))
      await expect(btrfs().locate(other, context)).rejects.toMatchObject({
        code: 'DRIVER_NOT_APPLICABLE',
        message: expect.stringContaining("btrfs({ directory: '/srv/pgfork' })"),
      })
    } finally {
      await chown(other, postgres.uid, postgres.gid)
      await runner.run('umount', [other])
    }
  })

  test('serves a directory of the top-level subvolume, with the folder in it', async () => {
    const data = join(storage.path, 'plain')
    await mkdir(data)
    const context = createContext()
    const volume = await btrfs().locate(data, context)
    expect(volume).toMatchObject({ root: storage.path, attributes: { directory: join(storage.path, '.pgfork') } })
    expect(volume.id).toBe(`${volume.pool}:/`)
    const driver = btrfs()
    const snapshot = await takeSnapshot(driver, volume, 'top', context)
    const clone = await makeClone(driver, snapshot, 'top-clone', context)
    expect((await driver.locate(join(clone.path, 'plain'), context)).attributes.directory).toBe(
      volume.attributes.directory,
    )
    await driver.removeClone(clone, context)
    await driver.removeSnapshot(snapshot, context)
  })

  test('is not applicable to other file systems, absent directories and mounts of a part', async () => {
    await using folder = await createFolder()
    await using ext4: TestStorage = await createExt4({ sizeMb: 64 })
    await expect(btrfs().locate(ext4.path, createContext())).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE' })
    await expect(btrfs().locate(join(storage.path, 'absent'), createContext())).rejects.toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
    })
    const part = join(folder.path, 'part')
    await mkdir(part)
    await runner.run('mount', ['--bind', storage.data, part])
    try {
      await expect(btrfs().locate(part, createContext())).rejects.toMatchObject({
        code: 'DRIVER_NOT_APPLICABLE',
        message: expect.stringContaining('a mount of a part of its subvolume'),
      })
    } finally {
      await runner.run('umount', [part])
    }
    await expect(
      btrfs({ directory: join(ext4.path, 'forks') }).locate(storage.data, createContext()),
    ).rejects.toMatchObject({ code: 'DRIVER_NOT_APPLICABLE', message: expect.stringContaining('another file system') })
    await expect(
      btrfs({ directory: join(storage.data, 'forks') }).locate(storage.data, createContext()),
    ).rejects.toMatchObject({
      code: 'DRIVER_NOT_APPLICABLE',
      message: expect.stringContaining('in the directory that is to be forked'),
    })
  })

  test('H3: refuses subvolumes and mounts below the directory, and only there, for root and for others', async () => {
    const subvolume = await storage.createSubvolume('h3')
    const data = join(subvolume, 'data')
    const [nested, mounted, harmless] = [
      join(data, 'base', '5'),
      join(data, 'base', 'mounted'),
      join(subvolume, 'other'),
    ]
    await mkdir(mounted, { recursive: true })
    await runner.run('btrfs', ['subvolume', 'create', harmless])
    await runner.run('btrfs', ['subvolume', 'create', nested])
    await symlink(harmless, join(data, 'link'))
    await runner.run('mount', ['-t', 'tmpfs', 'none', mounted])
    await runner.run('chown', ['-R', `${postgres.uid}:${postgres.gid}`, subvolume])
    const request = { driver: 'btrfs', user: postgres, calls: [{ verb: 'locate', argument: data }] } as const
    try {
      await expect(btrfs().locate(data, createContext())).rejects.toMatchObject({
        code: 'LAYOUT_REFUSED',
        hazard: 'H3',
        facts: { subvolumes: [nested], mounts: [mounted] },
      })
      const { outcomes } = await runVerbs(request)
      expect(outcomes[0]?.error).toMatchObject({ code: 'LAYOUT_REFUSED', message: expect.stringContaining(nested) })
    } finally {
      await runner.run('umount', [mounted])
    }
    await runner.run('btrfs', ['subvolume', 'delete', nested])
    expect(await btrfs().locate(data, createContext())).toMatchObject({ root: subvolume })
    expect(await runVerbsWell(request)).toMatchObject([{ root: subvolume }])
  })

  test('H3: in a directory of many files root asks Btrfs instead of reading them all', async () => {
    const subvolume = await storage.createSubvolume('many')
    const data = join(subvolume, 'data')
    await runner.run('mkdir', ['-p', join(data, 'base')])
    await runner.run('xargs', ['touch'], {
      input: Array.from({ length: 11_000 }, (_, number) => join(data, 'base', String(number))).join('\n'),
    })
    const context = createContext()
    await btrfs().locate(data, context)
    expect(context.commands).toContain(`btrfs subvolume list -o ${subvolume}`)
    await runner.run('btrfs', ['subvolume', 'create', join(data, 'base', 'nested')])
    await expect(btrfs().locate(data, context)).rejects.toMatchObject({
      code: 'LAYOUT_REFUSED',
      facts: { subvolumes: [join(data, 'base', 'nested')] },
    })
    expect(await btrfs().locate(join(subvolume, 'data', 'base', 'nested'), context)).toMatchObject({
      root: join(data, 'base', 'nested'),
    })
  })

  test('H50: says once where copy-on-write is off', async () => {
    const subvolume = await storage.createSubvolume('nocow')
    const marked = join(subvolume, 'data', 'base')
    await mkdir(marked, { recursive: true })
    await mkdir(join(subvolume, 'data', 'global'))
    await runner.run('chattr', ['+C', marked])
    const [driver, context] = [btrfs(), createContext()]
    await driver.locate(join(subvolume, 'data'), context)
    await driver.locate(join(subvolume, 'data'), context)
    expect(context.warnings).toEqual([expect.stringContaining(`${marked} are not copied on write (chattr +C)`)])
    const other = createContext()
    await driver.locate(storage.data, other)
    expect(other.warnings).toEqual([])
  })
})

test('refuses options of the wrong type', () => {
  expect(() => btrfs({ directory: 'relative' })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => btrfs({ prefix: [''] })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => btrfs({ commandTimeoutMs: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
  expect(() => btrfs({ busyTimeoutMs: Number.NaN })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }))
})
