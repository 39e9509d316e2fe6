import assert from 'node:assert/strict'
import { VolumeWorkbench } from '../volume-workbench.ts'
import type { Case } from './case.ts'

/** How long after its start each verb is aborted, in milliseconds. */
const moments = [0, 1, 2, 5, 10, 20, 50]

export const aborting: Case[] = [
  {
    name: 'aborted at any moment, it leaves nothing that can not be removed by name',
    run: async (options) => {
      await using bench = await VolumeWorkbench.create(options)
      await bench.write('file', 'x'.repeat(5_000_000))
      for (const [index, moment] of moments.entries()) {
        const reference = bench.reference(`aborted-${index}`)
        const aborting = new AbortController()
        const timer = setTimeout(() => aborting.abort(), moment)
        const context = bench.context(aborting.signal)
        try {
          await bench.driver.snapshot({ snapshots: [reference] }, context)
          await bench.driver.clone({ ...reference, snapshot: reference }, context)
          await bench.driver.attach(reference, context)
        } catch (error) {
          assert.ok(aborting.signal.aborted, `failed by itself: ${String(error)}`)
        } finally {
          clearTimeout(timer)
        }
        await bench.driver.removeClone(reference, bench.context())
        await bench.driver.removeSnapshot(reference, bench.context())
      }
      assert.deepEqual(await bench.driver.list(bench.volume, bench.context()), [])
    },
  },
]
