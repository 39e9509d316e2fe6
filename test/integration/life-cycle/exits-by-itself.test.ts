import { collectGarbage } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { runProgram } from '../../support/programs/run-program.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
  await describeOn(storage, {}, (bench) => {
    afterAll(() => forgetCollections(bench))

    const run = (what: string): Promise<string> => {
      const request = { source: bench.source.dataDirectory, stateDirectory: bench.stateDirectory, what }
      return runProgram('fork-and-destroy-program', request, 60_000)
    }

    test.each([
      ['destroy', 'done'],
      ['reset', 'done'],
      ['stop', 'done'],
      ['fail', 'SERVER_START_FAILED'],
    ])('a process that made a fork (%s) ends by itself, without a warning', async (what, said) => {
      expect(await run(what)).toBe(said)
      await expectNothingLeft(bench)
    })

    test('a process that forgot its fork ends by itself, and the fork with it', async () => {
      expect(await run('keep')).toBe('done')
      await waitUntil(async () => (await collectGarbage(bench.options)).length === 0, {
        timeoutMs: 30_000,
        what: 'end of what the process left',
      })
      await expectNothingLeft(bench)
    })
  })
