import assert from 'node:assert/strict'
import { isPgforkError } from '@pgfork/core/driver'
import { read, VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

const isMissing = (error: unknown): boolean => isPgforkError(error, 'STORAGE_MISSING') && error.message.length > 0

export const missingStorage: Case[] = [
  {
    name: 'H72: storage that is not there is not empty: nothing counts as removed, and all is there afterwards',
    appliesTo: ({ takeAway }) => takeAway !== undefined,
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'original')
      const snapshot = await bench.snapshot('one')
      const { reference } = await bench.clone(snapshot, 'one')
      const attached = await bench.driver.attach(reference, bench.context())
      const gone = bench.reference('gone')
      {
        await using _ = await options.takeAway?.(bench.test)
        // Another process than the one that made them.
        const driver = options.createDriver()
        await assert.rejects(driver.removeClone(reference, bench.context()), isMissing, 'the clone counts as removed')
        await assert.rejects(driver.removeSnapshot(snapshot, bench.context()), isMissing, 'so does the snapshot')
        await assert.rejects(driver.removeClone(gone, bench.context()), isMissing, 'nor is known what was not there')
        const another = driver.clone({ ...bench.reference('another'), snapshot }, bench.context())
        await assert.rejects(another, isMissing, 'the snapshot counts as missing')
        // Where it is mounted still, nobody needs to be asked.
        await driver.attach(reference, bench.context()).then(
          (found) => assert.equal(found, attached, 'it is attached elsewhere'),
          (error: unknown) => assert.ok(isMissing(error), `the clone counts as missing: ${error}`),
        )
        await assert.rejects(driver.list(bench.volume, bench.context()), isMissing, 'the storage counts as empty')
      }
      assert.equal(await read(await bench.pathOf(reference), 'file'), 'original')
      const found = await bench.driver.list(bench.volume, bench.context())
      assert.equal(found.filter(({ name }) => name === bench.reference('another').name).length, 0, 'a clone was begun')
      await bench.driver.removeClone(gone, bench.context())
      await bench.driver.removeClone(reference, bench.context())
      await bench.driver.removeSnapshot(snapshot, bench.context())
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
    },
  },
]
