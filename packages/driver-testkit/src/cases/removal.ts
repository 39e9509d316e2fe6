import assert from 'node:assert/strict'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isPgforkError } from '@pgfork/core/driver'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

export const removal: Case[] = [
  {
    name: 'a removed clone is gone, and leaves the others as they are',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const one = await bench.clone(snapshot, 'one')
      const other = await bench.clone(snapshot, 'other')
      await bench.driver.removeClone(one.reference, bench.context())
      await assert.rejects(access(one.path), { code: 'ENOENT' })
      assert.equal(await read(other.path, 'file'), 'original')
      assert.equal(await read(bench.path, 'file'), 'original')
    },
  },
  {
    name: 'removing what is not there succeeds, also twice',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.driver.removeClone(bench.reference('never'), bench.context())
      await bench.driver.removeSnapshot(bench.reference('never'), bench.context())
      const { reference } = await bench.clone(await bench.snapshot('one'), 'one')
      for (let time = 0; time < 2; time++) {
        await bench.driver.removeClone(reference, bench.context())
        await bench.driver.removeSnapshot(bench.reference('one'), bench.context())
      }
    },
  },
  {
    name: 'a snapshot can go before its clones, which live on',
    appliesTo: ({ semantics }) => !semantics.clonePinsSnapshot,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const { path } = await bench.clone(snapshot, 'one')
      await bench.driver.removeSnapshot(snapshot, bench.context())
      assert.equal(await read(path, 'file'), 'original')
    },
  },
  {
    name: 'a snapshot that a clone needs is BUSY until the clone is gone',
    appliesTo: ({ semantics }) => semantics.clonePinsSnapshot,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const { reference, path } = await bench.clone(snapshot, 'one')
      await assert.rejects(bench.driver.removeSnapshot(snapshot, bench.context()), (error) =>
        isPgforkError(error, 'BUSY'),
      )
      assert.equal(await read(path, 'file'), 'original')
      await bench.driver.removeClone(reference, bench.context())
      await bench.driver.removeSnapshot(snapshot, bench.context())
    },
  },
  {
    name: 'refuses a name that is taken, and leaves what has it (H6)',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const { path } = await bench.clone(snapshot, 'one')
      await bench.write('file', 'later')
      const isTaken = (error: unknown): boolean => isPgforkError(error, 'TARGET_EXISTS')
      await assert.rejects(bench.driver.snapshot({ snapshots: [snapshot] }, bench.context()), isTaken)
      await assert.rejects(bench.driver.clone({ ...bench.reference('one'), snapshot }, bench.context()), isTaken)
      assert.equal(await read(path, 'file'), 'original')
      const again = await bench.clone(snapshot, 'two')
      assert.equal(await read(again.path, 'file'), 'original')
    },
  },
  {
    name: 'a name that was removed can be given again, as a reset does',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const first = await bench.clone(snapshot, 'same')
      await writeFile(join(first.path, 'file'), 'of the first')
      await bench.driver.removeClone(first.reference, bench.context())
      const second = await bench.clone(snapshot, 'same')
      assert.equal(second.path, first.path)
      assert.equal(await read(second.path, 'file'), 'original')
      await bench.driver.removeClone(second.reference, bench.context())
      await bench.driver.removeSnapshot(snapshot, bench.context())
      await bench.write('file', 'later')
      const { path } = await bench.clone(await bench.snapshot('one'), 'same')
      assert.equal(await read(path, 'file'), 'later')
    },
  },
  {
    name: 'cloning a snapshot that is not there throws, and leaves nothing',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const clone = bench.reference('orphan')
      bench.willRemove(clone)
      await assert.rejects(
        bench.driver.clone({ ...clone, snapshot: bench.reference('never') }, bench.context()),
        (error) => isPgforkError(error),
      )
      await bench.driver.removeClone(clone, bench.context())
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
    },
  },
]
