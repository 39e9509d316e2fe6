import { createFork, type SnapshotDriver } from '@pgfork/core'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** The same driver, with something else done right before one of its verbs. */
function before(
  verb: 'space' | 'snapshot' | 'clone',
  driver: SnapshotDriver,
  act: () => Promise<void>,
): SnapshotDriver {
  const real = driver[verb] as (...parameters: unknown[]) => Promise<unknown>
  let isDone = false
  return {
    ...driver,
    [verb]: async (...parameters: unknown[]) => {
      if (!isDone) await act()
      isDone = true
      return real(...parameters)
    },
  }
}

for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
  await describeOn(storage, {}, (bench) => {
    test.each([
      ['before the checkpoint', 'space'],
      ['right before the snapshot', 'snapshot'],
      ['right after the snapshot', 'clone'],
    ] as const)('a source that dies %s is noticed, and nothing is left', async (_, verb) => {
      const driver = before(verb, bench.options.driver, () => bench.source.crash())
      try {
        const made = createFork({ source: bench.source.dataDirectory, ...bench.options, checkpoint: true, driver })
        await expect(made).rejects.toMatchObject({ code: 'SOURCE_LOST', leftBehind: [] })
      } finally {
        await bench.source.start()
      }
      await expectNothingLeft(bench)
    })

    test('a source that dies while the fork is prepared is noticed, and nothing is left', async () => {
      const prepare = (): Promise<void> => bench.source.crash()
      try {
        const made = createFork({ source: bench.source.dataDirectory, ...bench.options, prepare })
        await expect(made).rejects.toMatchObject({ code: 'SOURCE_LOST', step: 'verify', leftBehind: [] })
      } finally {
        await bench.source.start()
      }
      await expectNothingLeft(bench)
    })

    test('a source that is restarted meanwhile is noticed', async () => {
      const prepare = (): Promise<void> => bench.source.restart()
      const made = createFork({ source: bench.source.dataDirectory, ...bench.options, prepare })
      await expect(made).rejects.toMatchObject({ code: 'SOURCE_LOST', step: 'verify' })
      await expectNothingLeft(bench)
    })

    test('a crashed source: its fork recovers as it would itself, where an instant can be captured', async () => {
      await bench.source.query('CREATE TABLE IF NOT EXISTS kept (id int); INSERT INTO kept VALUES (1)')
      await bench.source.crash()
      try {
        const made = createFork({ source: bench.source.dataDirectory, ...bench.options })
        if (storage === 'btrfs') {
          await using fork = await made
          expect(fork.verification?.consistency).toBe('atomic')
        } else await expect(made).rejects.toMatchObject({ code: 'SOURCE_NOT_CLEAN', hazard: 'H4' })
      } finally {
        await bench.source.start()
      }
      await expectNothingLeft(bench)
    })
  })
