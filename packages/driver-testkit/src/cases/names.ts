import assert from 'node:assert/strict'
import { BenchVolume, read } from '../bench-volume.ts'
import type { Case } from './case.ts'

/** Names that core lets through and some storage might stumble over: longest, with every character, words of LVM and ZFS. */
const awkwardNames = [
  'a',
  '0',
  `${'n'.repeat(48)}.12`,
  'dots.and-dashes_and.digits-0.9',
  'trailing-',
  'trailing.',
  'trailing_',
  'snapshot',
  'snapshot-1',
  'pvmove0',
  'under_tdata',
  'under_mlog.1',
  'volume',
  'mark.json',
  'clones',
]

export const names: Case[] = [
  {
    name: 'takes every name that core lets through, and keeps them apart',
    run: async (options) => {
      await using bench = await BenchVolume.create(options)
      await bench.write('file', 'original')
      const paths = new Set<string>()
      for (const name of awkwardNames) {
        const { path } = await bench.clone(await bench.snapshot(name), name)
        assert.equal(await read(path, 'file'), 'original', name)
        paths.add(path)
      }
      assert.equal(paths.size, awkwardNames.length)
      const items = await bench.driver.list(bench.volume, bench.context())
      assert.deepEqual(
        items
          .filter(({ kind }) => kind === 'clone')
          .map(({ name }) => name)
          .sort(),
        [...awkwardNames].sort(),
      )
    },
  },
]
