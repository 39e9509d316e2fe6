import assert from 'node:assert/strict'
import { chmod, mkdir, readlink, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { roundsOf } from '../suite-options.ts'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

export const clones: Case[] = [
  {
    name: 'clones are independent of each other and of the source',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const one = await bench.clone(snapshot, 'one')
      const other = await bench.clone(snapshot, 'other')
      await writeFile(join(one.path, 'file'), 'of one')
      await rm(join(other.path, 'file'))
      await bench.write('file', 'of the source')
      assert.equal(await read(one.path, 'file'), 'of one')
      await assert.rejects(read(other.path, 'file'), { code: 'ENOENT' })
      assert.equal(await read(bench.path, 'file'), 'of the source')
      const third = await bench.clone(snapshot, 'third')
      assert.equal(await read(third.path, 'file'), 'original')
    },
  },
  {
    name: 'many clones of one snapshot, each of it alone',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      for (let number = 0; number < roundsOf(options) + 3; number++) {
        const { path } = await bench.clone(snapshot, `clone-${number}`)
        assert.equal(await read(path, 'file'), 'original')
        await writeFile(join(path, 'file'), `of ${number}`)
      }
    },
  },
  {
    name: 'a clone of a clone: its path is located, snapshotted and cloned like any other',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const first = await bench.clone(await bench.snapshot('first'), 'first')
      await writeFile(join(first.path, 'file'), 'of the first')
      const volume = await bench.driver.locate(first.path, bench.context())
      assert.notEqual(volume.id, bench.volume.id)
      const snapshot = { volume, name: 'second' }
      const clone = { volume, name: 'second' }
      await bench.flush(first.path)
      await bench.driver.snapshot({ snapshots: [snapshot] }, bench.context())
      try {
        await bench.driver.clone({ ...clone, snapshot }, bench.context())
        const path = join(await bench.driver.attach(clone, bench.context()), relative(volume.root, first.path))
        assert.equal(await read(path, 'file'), 'of the first')
        await writeFile(join(path, 'file'), 'of the second')
        assert.equal(await read(first.path, 'file'), 'of the first')
      } finally {
        await bench.driver.removeClone(clone, bench.context())
        await bench.driver.removeSnapshot(snapshot, bench.context())
      }
    },
  },
  {
    name: 'a clone keeps modes, links, empty directories and sizes',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await mkdir(join(bench.path, 'closed'), { mode: 0o700 })
      await mkdir(join(bench.path, 'empty'))
      await bench.write('closed/secret', 'text')
      await chmod(join(bench.path, 'closed/secret'), 0o600)
      await symlink('closed/secret', join(bench.path, 'link'))
      await symlink('/nowhere/at/all', join(bench.path, 'dangling'))
      await bench.write('sparse', '')
      await truncate(join(bench.path, 'sparse'), 10_000_000)
      const { path } = await bench.clone(await bench.snapshot('one'), 'one')
      assert.equal((await stat(join(path, 'closed'))).mode & 0o777, 0o700)
      assert.equal((await stat(join(path, 'closed/secret'))).mode & 0o777, 0o600)
      assert.equal(await readlink(join(path, 'link')), 'closed/secret')
      assert.equal(await readlink(join(path, 'dangling')), '/nowhere/at/all')
      assert.ok((await stat(join(path, 'empty'))).isDirectory())
      assert.equal((await stat(join(path, 'sparse'))).size, 10_000_000)
      assert.equal((await stat(path)).mode & 0o777, (await stat(bench.path)).mode & 0o777)
    },
  },
  {
    name: 'attaching is idempotent',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const { reference, path } = await bench.clone(await bench.snapshot('one'), 'one')
      assert.equal(await bench.pathOf(reference), path)
      assert.equal(await bench.pathOf(reference), path)
    },
  },
]
