import { mkdir, readdir, readFile, rmdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CommandRunner, SnapshotReference, Volume } from '@pgfork/core/driver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createXfs } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { copy } from './index.ts'
import { createContext, createTree, makeClone, obstacle, type TestTree, takeSnapshot } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('remove', () => {
  const driver = copy({ busyTimeoutMs: 300 })
  let tree: TestTree
  let folder: string
  let volume: Volume
  let snapshot: SnapshotReference
  beforeAll(async () => {
    tree = await createTree(createXfs)
    await runner.run('chown', ['0', join(tree.path, 'pg')])
    volume = await driver.locate(tree.data, createContext())
    folder = join(tree.path, 'pg', '.pgfork')
    snapshot = await takeSnapshot(driver, volume, 's', createContext())
  }, 60_000)
  afterAll(() => tree[Symbol.asyncDispose]())

  test('succeeds again and for what never was, and finishes what was begun or interrupted', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'once', context)
    await driver.removeClone(clone, context)
    await driver.removeClone(clone, context)
    await driver.removeSnapshot({ volume, name: 'never' }, context)

    await mkdir(join(folder, 'clones', 'unmarked'), { recursive: true })
    await driver.removeClone({ volume, name: 'unmarked' }, context)
    const powerCut = await makeClone(driver, snapshot, 'power-cut', context)
    await truncate(join(folder, 'clones', 'power-cut', 'mark.json'))
    await runner.run('rm', ['-r', join(powerCut.path, 'base')])
    expect(await driver.list(volume, context)).toContainEqual(expect.objectContaining({ name: 'power-cut', volume }))
    await driver.removeClone(powerCut, context)
    expect(await readdir(folder)).toEqual(['snapshots'])
    expect(context.warnings).toEqual([])
  })

  test('copying and removing a whole tree may take longer than another command', async () => {
    const context = createContext()
    const hasty: CommandRunner = {
      ...runner,
      run: (file, args, options) => runner.run(file, args, { timeoutMs: 1, ...options }),
    }
    await expect(hasty.run('sleep', ['1'])).rejects.toMatchObject({ code: 'COMMAND_TIMED_OUT' })
    const clone = await makeClone(driver, snapshot, 'slow', { ...context, runner: hasty })
    await driver.removeClone(clone, { ...context, runner: hasty })
    expect((await driver.list(volume, context)).map(({ name }) => name)).not.toContain('slow')
  })

  test('H57: what carries no mark, or another driver’s, stays', async () => {
    const context = createContext()
    const foreign = join(folder, 'clones', 'foreign')
    await mkdir(join(foreign, 'volume'), { recursive: true })
    await driver.removeClone({ volume, name: 'foreign' }, context)
    const mark = { version: 1, driver: 'btrfs', kind: 'clone', name: 'foreign', volume, createdAt: '', notes: {} }
    await writeFile(join(foreign, 'mark.json'), JSON.stringify(mark))
    await driver.removeClone({ volume, name: 'foreign' }, context)
    expect((await readdir(foreign)).sort()).toEqual(['mark.json', 'volume'])
    expect((await driver.list(volume, context)).map(({ name }) => name)).toEqual(['s'])
    expect(context.warnings).toHaveLength(2)
    await runner.run('rm', ['-r', foreign])
  })

  test('H57: follows no link, neither a planted one nor one of the source', async () => {
    const context = createContext()
    const precious = join(tree.path, 'precious')
    await mkdir(precious)
    await writeFile(join(precious, 'file'), 'precious')
    const clone = await makeClone(driver, snapshot, 'linked', context)
    await symlink(precious, join(clone.path, 'pg_tblspc'))
    await driver.removeClone(clone, context)
    const swapped = await makeClone(driver, snapshot, 'swapped', context)
    await runner.run('rm', ['-r', swapped.path])
    await symlink(precious, swapped.path)
    await driver.removeClone(swapped, context)
    expect(await readFile(join(precious, 'file'), 'utf8')).toBe('precious')
  })

  test('H56: what is mounted elsewhere as well is not emptied there', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'elsewhere', context)
    const elsewhere = join(tree.path, 'elsewhere')
    await mkdir(elsewhere)
    await runner.run('mount', ['--bind', join(clone.path, 'base'), elsewhere])
    try {
      await expect(driver.removeClone(clone, context)).rejects.toMatchObject({
        code: 'BUSY',
        message: expect.stringContaining(elsewhere),
      })
      expect(await readFile(join(elsewhere, '5', '1259'), 'utf8')).toBe('committed')
    } finally {
      await runner.run('umount', [elsewhere])
    }
    await driver.removeClone(clone, context)
  })

  test('H56: never goes into what is mounted in a clone, even the source itself', async () => {
    const context = createContext()
    const clone = await makeClone(driver, snapshot, 'busy', context)
    const mountPoint = join(clone.path, 'base', 'source')
    await mkdir(mountPoint)
    await runner.run('mount', ['--bind', tree.data, mountPoint])
    try {
      await expect(driver.removeClone(clone, context)).rejects.toMatchObject({
        code: 'BUSY',
        message: expect.stringContaining(mountPoint),
      })
    } finally {
      await runner.run('umount', [mountPoint])
      await rmdir(mountPoint)
    }
    expect(await readFile(join(tree.data, 'PG_VERSION'), 'utf8')).toBe('15\n')
    await driver.removeClone(clone, context)
  })
})
