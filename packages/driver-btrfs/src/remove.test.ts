import { access, mkdir, readdir, readFile, rename, rmdir, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SnapshotReference, Volume } from '@pgfork/core/driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runner } from '../../../test/support/system/runner.ts'
import { waitUntil } from '../../../test/support/wait-until.ts'
import { btrfs } from './index.ts'
import { createContext, createTestBtrfs, makeClone, obstacle, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('remove', () => {
  const driver = btrfs({ busyTimeoutMs: 300 })
  let storage: Awaited<ReturnType<typeof createTestBtrfs>>
  let folder: string
  let volume: Volume
  let snapshot: SnapshotReference
  beforeAll(async () => {
    storage = await createTestBtrfs()
    folder = join(storage.path, '.pgfork')
    volume = await driver.locate(storage.data, createContext())
    snapshot = await takeSnapshot(driver, volume, 's', createContext())
  }, 60_000)
  afterAll(() => storage[Symbol.asyncDispose]())

  test('is one command, leaves nothing, and succeeds again and for what never was', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'once', context)
    const commandsBefore = context.commands.length
    await driver.removeClone(clone, context)
    expect(context.commands.slice(commandsBefore)).toEqual([`btrfs subvolume delete ${clone.path}`])
    await driver.removeClone(clone, context)
    await driver.removeClone({ volume, name: 'never' }, context)
    await driver.removeSnapshot({ volume, name: 'never' }, context)
    expect(context.commands).toHaveLength(commandsBefore + 1)
    expect(await readdir(folder)).toEqual(['snapshots'])
    expect(context.warnings).toEqual([])
  })

  test('finishes what was begun or interrupted: no mark, an empty mark, no files, half the files', async () => {
    const context = createContext()
    await mkdir(join(folder, 'clones', 'unmarked'), { recursive: true })
    await driver.removeClone({ volume, name: 'unmarked' }, context)

    const powerCut = await makeClone(driver, snapshot, 'power-cut', context)
    await truncate(join(folder, 'clones', 'power-cut', 'mark.json'))
    expect(await driver.list(volume, context)).toContainEqual(expect.objectContaining({ name: 'power-cut', volume }))
    await driver.removeClone(powerCut, context)

    const fileless = await makeClone(driver, snapshot, 'fileless', context)
    await runner.run('btrfs', ['subvolume', 'delete', fileless.path])
    await driver.removeClone(fileless, context)

    const half = await makeClone(driver, snapshot, 'half', context)
    await runner.run('rm', ['-r', join(half.path, 'main', 'base')])
    await driver.removeClone(half, context)

    const plain = await makeClone(driver, snapshot, 'plain', context)
    await runner.run('btrfs', ['subvolume', 'delete', plain.path])
    await mkdir(join(plain.path, 'main'), { recursive: true })
    await writeFile(join(folder, 'clones', 'plain', 'rest'), '')
    await driver.removeClone(plain, context)
    expect(await readdir(folder)).toEqual(['snapshots'])
    expect(context.warnings).toEqual([])
  })

  test('H57: what carries no mark, or the mark of something else, stays', async () => {
    const context = createContext()
    const foreign = join(folder, 'clones', 'foreign')
    await mkdir(foreign, { recursive: true })
    await writeFile(join(foreign, 'file'), 'theirs')
    await driver.removeClone({ volume, name: 'foreign' }, context)
    await writeFile(join(foreign, 'mark.json'), 'not ours')
    await driver.removeClone({ volume, name: 'foreign' }, context)
    expect(await readFile(join(foreign, 'file'), 'utf8')).toBe('theirs')
    await runner.run('rm', ['-r', foreign])

    const clone = await makeClone(driver, snapshot, 'mine', context)
    await driver.removeClone({ ...clone, volume: { ...volume, id: `${volume.id}-other` } }, context)
    await rename(join(folder, 'clones', 'mine'), join(folder, 'clones', 'renamed'))
    await driver.removeClone({ volume, name: 'renamed' }, context)
    await access(join(folder, 'clones', 'renamed', 'volume', 'main'))
    await rename(join(folder, 'clones', 'renamed'), join(folder, 'clones', 'mine'))
    expect(context.warnings).toHaveLength(4)
    await driver.removeClone(clone, context)
  })

  test('H57: follows no link that the user of a clone has put in its place', async () => {
    const context = createContext()
    const target = await storage.createSubvolume('precious')
    await writeFile(join(target, 'file'), 'precious')
    const clone = await makeClone(driver, snapshot, 'linked', context)
    await runner.run('btrfs', ['subvolume', 'delete', clone.path])
    await symlink(target, clone.path)
    await expect(driver.attach(clone, context)).rejects.toMatchObject({ code: 'COPY_MISSING' })
    await driver.removeClone(clone, context)
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('precious')
    await symlink(target, join(folder, 'snapshots', 'whole'))
    await driver.removeSnapshot({ volume, name: 'whole' }, context)
    expect(context.warnings).toHaveLength(1)
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('precious')
    await runner.run('rm', [join(folder, 'snapshots', 'whole')])
  })

  test('removes a clone in which a process works', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'worked-in', context)
    const worker = new AbortController()
    const inside = runner.run('env', ['-C', clone.path, 'tail', '-f', join(clone.path, 'main', 'PG_VERSION')], {
      signal: worker.signal,
    })
    const settled = inside.catch(() => undefined)
    await driver.removeClone(clone, context)
    await expect(stat(clone.path)).rejects.toMatchObject({ code: 'ENOENT' })
    worker.abort()
    await settled
  })

  test('H56: BUSY after the bound for what is mounted, at once for subvolumes made in it, and then removable', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'busy', context)
    const mountPoint = join(clone.path, 'main', 'mounted')
    await mkdir(mountPoint)
    await runner.run('mount', ['-t', 'tmpfs', 'none', mountPoint])
    await writeFile(join(mountPoint, 'file'), 'theirs')
    try {
      await expect(driver.removeClone(clone, context)).rejects.toMatchObject({
        code: 'BUSY',
        message: expect.stringContaining(mountPoint),
      })
      expect(await readFile(join(mountPoint, 'file'), 'utf8')).toBe('theirs')
    } finally {
      await runner.run('umount', [mountPoint])
    }
    await rmdir(mountPoint)
    const nested = join(clone.path, 'main', 'nested')
    await runner.run('btrfs', ['subvolume', 'create', nested])
    await expect(driver.removeClone(clone, context)).rejects.toMatchObject({
      code: 'BUSY',
      facts: { nested: [nested] },
    })
    await runner.run('btrfs', ['subvolume', 'delete', nested])

    const elsewhere = `${storage.path}-busy`
    await mkdir(elsewhere)
    await runner.run('mount', ['-o', 'subvol=.pgfork/clones/busy/volume', storage.device, elsewhere])
    const started = performance.now()
    try {
      await expect(driver.removeClone(clone, context)).rejects.toMatchObject({ code: 'BUSY' })
      expect(performance.now() - started).toBeGreaterThan(150)
    } finally {
      await runner.run('umount', [elsewhere])
      await rmdir(elsewhere)
    }
    expect(await driver.list(volume, context)).toContainEqual(expect.objectContaining({ name: 'busy' }))
    await driver.removeClone(clone, context)
  })
})

test.skipIf(obstacle !== undefined)(
  'the space of a removed clone is free some time later, as releasesSpace says',
  async () => {
    // Btrfs cleans up after its periodic commit, every 30 s by default.
    await using storage = await createTestBtrfs({ mountOptions: ['commit=1'] })
    const [driver, context] = [btrfs(), createContext()]
    const volume = await driver.locate(storage.data, context)
    const snapshot = await takeSnapshot(driver, volume, 's', context)
    const clone = await makeClone(driver, snapshot, 'large', context)
    await writeFile(join(clone.path, 'large'), Buffer.alloc(64 * 1024 * 1024, 1), { flush: true })
    await runner.run('sync', ['-f', clone.path])
    const full = await driver.space(volume, context)
    await driver.removeClone(clone, context)
    await waitUntil(
      async () => {
        const { data } = await driver.space(volume, context)
        return full.data.usedBytes - data.usedBytes > 60 * 1024 * 1024
      },
      { timeoutMs: 30_000, pauseMs: 100, what: 'space given back' },
    )
  },
  60_000,
)
