import assert from 'node:assert/strict'
import { roundsOf } from '../suite-options.ts'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

/**
 * Names that core lets through and some storage might stumble over, the worst first: longest, with every character, words of LVM
 * and ZFS.
 */
const awkwardNames = [
  `${'n'.repeat(48)}.12`,
  'dots.and-dashes_and.digits-0.9',
  'under_tdata',
  'snapshot-1',
  'trailing_',
  '0',
  'trailing-',
  'trailing.',
  'pvmove0',
  'under_mlog.1',
  'snapshot',
  'a',
  'volume',
  'mark.json',
  'clones',
]

export const names: Case[] = [
  {
    name: 'takes every name that core lets through, and keeps them apart',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const paths = new Set<string>()
      const taken = awkwardNames.slice(0, 3 * roundsOf(options))
      for (const name of taken) {
        const { path } = await bench.clone(await bench.snapshot(name), name)
        assert.equal(await read(path, 'file'), 'original', name)
        paths.add(path)
      }
      assert.equal(paths.size, taken.length)
      const items = await bench.driver.list(bench.volume, bench.context())
      assert.deepEqual(
        items
          .filter(({ kind }) => kind === 'clone')
          .map(({ name }) => name)
          .sort(),
        [...taken].sort(),
      )
    },
  },
]
