import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createExt4, createFolder, createXfs } from '../../../test/support/storage/index.ts'
import { runner } from '../../../test/support/system/runner.ts'
import { copyMissed } from './copy-missed.ts'
import { copyTree, planTree } from './copy-tree.ts'
import { eachLimited } from './each-limited.ts'
import { ProgressMeter } from './progress-meter.ts'
import { createContext, createTree, obstacle } from './test-fixture.ts'

describe.skipIf(obstacle !== undefined)('copying without cp, as on macOS', () => {
  for (const create of [createXfs, createExt4])
    test(`shares blocks where it can: ${create.name}`, async () => {
      await using tree = await createTree(create)
      const target = join(tree.path, 'copy')
      const before = await usedBytes(tree.path)
      const copy = { source: tree.data, target, sharesBlocks: true, omit: ['pg_wal'], isLive: false }
      await copyTree(await planTree(copy, undefined), new ProgressMeter(0, createContext()), undefined)
      await access(target, constants.R_OK)
      await runner.run('diff', ['-r', '--no-dereference', join(tree.data, 'base'), join(target, 'base')])
      expect(await readdir(join(target, 'pg_wal'))).toEqual([])
      const { mode, uid, gid } = await stat(join(tree.data, 'empty'))
      expect(await stat(join(target, 'empty'))).toMatchObject({ mode, uid, gid })
      expect(await readFile(join(target, 'PG_VERSION'), 'utf8')).toBe('15\n')
      const grown = (await usedBytes(tree.path)) - before
      if (create === createXfs) expect(grown).toBeLessThan(1024 * 1024)
      else expect(grown).toBeGreaterThan(3 * 1024 * 1024)
    })

  test('H57: a file that vanishes from a snapshot is an error, not an omission', async () => {
    await using tree = await createTree(createExt4)
    const copy = { source: tree.data, target: join(tree.path, 'copy'), sharesBlocks: false, omit: [], isLive: false }
    const plan = await planTree(copy, undefined)
    await runner.run('rm', [join(tree.data, 'PG_VERSION')])
    await expect(copyTree(plan, new ProgressMeter(0, createContext()), undefined)).rejects.toMatchObject({
      code: 'COPY_MISSING',
    })
  })
})

test('what reading a directory missed is copied by a second look, in the directories that were copied', async () => {
  await using folder = await createFolder()
  const [source, target] = [join(folder.path, 'source'), join(folder.path, 'target')]
  for (const path of ['base', 'new', 'omitted']) await mkdir(join(source, path), { recursive: true })
  for (const path of ['base/missed', 'base/copied', 'new/file', 'omitted/file', 'missed'])
    await writeFile(join(source, path), path, { mode: 0o640 })
  for (const path of ['base', 'omitted']) await mkdir(join(target, path), { recursive: true })
  await writeFile(join(target, 'base', 'copied'), 'older')
  await copyMissed({ source, target, sharesBlocks: false, omit: ['omitted'], isLive: true }, undefined)
  expect((await readdir(target, { recursive: true })).sort()).toEqual(
    ['base', 'base/copied', 'base/missed', 'missed', 'omitted'].sort(),
  )
  expect(await readFile(join(target, 'base', 'missed'), 'utf8')).toBe('base/missed')
  expect((await stat(join(target, 'missed'))).mode & 0o777).toBe(0o640)
  expect(await readFile(join(target, 'base', 'copied'), 'utf8')).toBe('older')
})

test('eachLimited works on so many at a time, begins nothing after a failure and has ended when it throws', async () => {
  let running = 0
  let most = 0
  const begun: number[] = []
  const work = async (entry: number): Promise<void> => {
    begun.push(entry)
    most = Math.max(most, ++running)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (entry === 5) throw new Error('fifth')
  }
  await expect(
    eachLimited(
      Array.from({ length: 50 }, (_, index) => index),
      3,
      work,
    ),
  ).rejects.toThrow('fifth')
  expect(most).toBe(3)
  expect(running).toBe(0)
  expect(begun.length).toBeLessThan(10)
})

async function usedBytes(path: string): Promise<number> {
  await runner.run('sync', ['-f', path])
  const { stdout } = await runner.run('df', ['--output=used', '-B1', path])
  return Number(stdout.split('\n')[1])
}
