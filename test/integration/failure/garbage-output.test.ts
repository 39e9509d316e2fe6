import { type CreateForkOptions, createFork, createRunner, isPgforkError } from '@pgfork/core'
import { expect, test } from 'vitest'
import { recordCommands } from '../../support/evidence/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

const garbage = ['', '\0\u0001', '-1', '/etc/passwd', '{"a":', 'x'.repeat(100_000)]

/** @returns whether there was a command of this number, in the whole life of a fork */
async function answerGarbage(bench: SourceWorkbench, number: number, answer: string): Promise<boolean> {
  await using runner = recordCommands({ runner: createRunner() })
  let calls = 0
  const answering: typeof runner = {
    ...runner,
    run: async (...parameters) => {
      const result = await runner.run(...parameters)
      return ++calls === number ? { ...result, stdout: answer } : result
    },
  }
  const error = await liveThrough({ source: bench.source.dataDirectory, ...bench.options, runner: answering }).catch(
    (thrown: unknown) => thrown,
  )
  if (error !== undefined && !isPgforkError(error))
    throw new Error(`This error has no code: ${error}`, { cause: error })
  await expectNothingLeft(bench)
  return calls >= number
}

async function liveThrough(options: CreateForkOptions): Promise<void> {
  await using fork = await createFork(options)
  await fork.reset()
  await query(fork, 'CREATE TABLE alive ()')
}

await describeOn('btrfs', {}, (bench) => {
  test('whichever command answers garbage, the fork is right or the error typed, and nothing is left', async () => {
    const kinds = byExtent(1, 2, garbage.length)
    for (let number = 1; ; number++) {
      expect(number).toBeLessThan(40)
      for (let kind = 0; kind < kinds; kind++)
        if (!(await answerGarbage(bench, number, garbage[(number + kind) % garbage.length] ?? ''))) return
    }
  })
})
