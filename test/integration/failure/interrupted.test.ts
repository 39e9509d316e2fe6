import { createFork, type StepName, stepNames } from '@pgfork/core'
import { expect, test } from 'vitest'
import { atCommand, recordCommands, type Trouble } from '../../support/evidence/index.ts'
import { byExtent } from '../../support/extent.ts'
import { sourceForStep } from '../../support/fork/source-for-step.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

/** Milliseconds after the beginning of a step. */
const moments = byExtent([0, 20], [0, 5, 40])

async function abortAt(bench: SourceWorkbench, step: StepName, moment: number): Promise<void> {
  const aborting = new AbortController()
  let hasBegun = false
  const abort = async (): Promise<unknown> => {
    await using of = await sourceForStep(step, bench.source, bench.options)
    const made = createFork({
      ...of.options,
      ...bench.options,
      signal: aborting.signal,
      prepare: (client) => client.query('SELECT pg_sleep(0.02)'),
      verify: { deep: step === 'pages' },
      onProgress: (event) => {
        if (event.step !== step || event.status !== 'started') return
        hasBegun = true
        setTimeout(() => aborting.abort(), moment)
      },
    })
    // A short step may be over, and the fork with it, before a late moment comes.
    return await made.then(
      (fork) => fork.destroy(),
      (reason: unknown) => reason,
    )
  }
  const error = await abort()
  expect(hasBegun).toBe(true)
  if (error !== undefined) expect(error).toMatchObject({ code: 'ABORTED', leftBehind: [] })
  await expectNothingLeft(bench)
}

/** Which of the commands of a fork's life starts its server. */
async function numberOfStart(bench: SourceWorkbench): Promise<number> {
  await using runner = recordCommands()
  const fork = await createFork({ source: bench.source.dataDirectory, ...bench.options, runner })
  await fork.destroy()
  return runner.commands.find(({ kind }) => kind === 'start')?.number ?? 0
}

for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
  await describeOn(storage, { initdbOptions: ['--data-checksums'] }, (bench) => {
    // On XFS a base backup is made, whose checkpoint is a part of it.
    const left = storage === 'btrfs' ? ['inspect'] : ['inspect', 'checkpoint']
    test.each(stepNames.filter((step) => !left.includes(step)))(
      'aborted in the step %s, nothing is left',
      async (step) => {
        for (const moment of moments) await abortAt(bench, step, moment)
      },
    )

    test('aborted before it begins, nothing is done', async () => {
      const signal = AbortSignal.abort()
      const made = createFork({ source: bench.source.dataDirectory, ...bench.options, signal })
      await expect(made).rejects.toMatchObject({ code: 'ABORTED', step: 'inspect' })
      await expectNothingLeft(bench)
    })

    const troubles = [
      ['is done and fails all the same', 'fail-afterwards'],
      ['fails', 'fail'],
      ['hangs', 'hang'],
    ] as const
    test.each(byExtent(troubles.slice(0, 1), [...troubles]))(
      'whichever command %s, the error is typed and nothing is left',
      async (_, trouble: Trouble) => {
        const start = await numberOfStart(bench)
        for (let number = 1; ; number++) {
          await using runner = recordCommands({ trouble: atCommand(number, trouble), hangMs: 250 })
          // A server that hangs is given up soon, and no other one: a busy machine starts them slowly.
          const timeouts = trouble === 'hang' && Math.abs(number - start) <= 1 ? { startMs: 2_000 } : {}
          const made = createFork({ source: bench.source.dataDirectory, ...bench.options, runner, timeouts })
          // Trouble with the removal of a good fork is told, and the removal can be repeated.
          const error = await made.then(
            (fork) => fork.destroy().catch((reason: unknown) => fork.destroy().then(() => reason)),
            (reason: unknown) => reason,
          )
          const hadTrouble = runner.commands.some((command) => command.trouble !== undefined)
          if (error !== undefined) {
            const codes = ['COMMAND_FAILED', 'COMMAND_TIMED_OUT', 'SERVER_START_FAILED', 'BINARIES_NOT_FOUND']
            expect(error, runner.commands.at(-1)?.file).toMatchObject({
              code: expect.toBeOneOf(codes),
            })
          }
          await expectNothingLeft(bench)
          if (!hadTrouble) {
            expect(error).toBeUndefined()
            return
          }
          expect(number).toBeLessThan(40)
        }
      },
    )
  })
