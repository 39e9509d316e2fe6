import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPgforkError } from '@pgfork/core/driver'
import { contextOf, findVolume, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

export const locating: Case[] = [
  {
    name: 'states the facts that are expected of it',
    run: async (options) => {
      const { facts } = options.createDriver()
      assert.equal(facts.atomicity, options.semantics.atomicity)
      assert.equal(facts.clonePinsSnapshot, options.semantics.clonePinsSnapshot)
      assert.equal(facts.captures ?? 'written', options.semantics.captures ?? 'written')
      assert.equal(facts.leaves ?? 'flushed', options.semantics.leaves ?? 'flushed')
      assert.equal(facts.reach ?? 'host', options.semantics.reach ?? 'host')
    },
  },
  {
    name: 'locates a directory and says the same of it every time',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      const again = await findVolume(options.createDriver(), bench.test, bench.context())
      assert.deepEqual(JSON.parse(JSON.stringify(again)), JSON.parse(JSON.stringify(bench.volume)))
      const { root } = bench.volume
      assert.ok(root === '/' || `${bench.path}/`.startsWith(`${root}/`), 'the path lies at or below the root')
      if (bench.test.reference !== undefined) assert.equal(root, '/', 'it is mounted nowhere here')
      assert.equal(bench.volume.copyOnWrite, options.semantics.copyOnWrite)
    },
  },
  {
    name: 'tells two volumes apart',
    run: async (options) => {
      await using one = await VolumeWorkbench.create(options)
      await using other = await VolumeWorkbench.create(options)
      assert.notEqual(one.volume.id, other.volume.id)
    },
  },
  {
    name: 'refuses a path that it does not serve, with a reason',
    run: async (options) => {
      const path = options.foreignPath ?? '/proc'
      await assert.rejects(
        async () => options.createDriver().locate(path, contextOf(options)),
        (error) => isPgforkError(error, 'DRIVER_NOT_APPLICABLE') && error.message.includes(path),
      )
    },
  },
  {
    name: 'reports space that adds up',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await mkdir(join(bench.path, 'folder'))
      const { data, metadata } = await bench.driver.space(bench.volume, bench.context())
      for (const usage of metadata === undefined ? [data] : [data, metadata]) {
        assert.ok(usage.usedBytes >= 0 && usage.totalBytes > 0, JSON.stringify(usage))
        assert.ok(usage.usedBytes <= usage.totalBytes, JSON.stringify(usage))
      }
    },
  },
]
