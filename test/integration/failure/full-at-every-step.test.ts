import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createFork, type StepName, stepNames } from '@pgfork/core'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { fillDisk } from '../../support/files/fill-disk.ts'
import { serversOf } from '../../support/fork/servers-of.ts'
import { sourceForStep } from '../../support/fork/source-for-step.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn, type SourceWorkbench } from '../../support/workbench/source-workbench.ts'

/** On ext4 a base backup is made, whose checkpoint is a part of it. */
const stepsOn = (storage: 'btrfs' | 'ext4'): StepName[] =>
  stepNames.filter((step) => step !== 'inspect' && (storage === 'btrfs' || step !== 'checkpoint'))

/** Makes a fork while the disk of a folder runs full as a step begins, and has room again afterwards. */
async function forkWhenFull(bench: SourceWorkbench, step: StepName, folder: string, stateDirectory: string) {
  let empty: (() => void) | undefined
  const state = { ...bench.options, stateDirectory }
  const spaceThresholds = { dataPercent: 100, metadataPercent: 100 }
  await using of = await sourceForStep(step, bench.source, state, { spaceThresholds })
  const made = createFork({
    ...of.options,
    ...state,
    resettable: true,
    prepare: (client) => client.query('CREATE TABLE prepared AS SELECT generate_series(1, 100000)'),
    verify: { deep: step === 'pages' },
    onProgress: (event) => {
      if (event.step === step && event.status === 'started') empty = fillDisk(folder)
    },
  })
  try {
    return await made.then(
      (fork) => fork.destroy(),
      (reason: unknown) => reason,
    )
  } finally {
    expect(empty).toBeDefined()
    empty?.()
  }
}

const comeBack = ({ source }: SourceWorkbench): Promise<unknown> =>
  waitUntil(
    async () => {
      if (!source.isRunning()) await source.start()
      return source.query('SELECT 1').catch(() => false)
    },
    { timeoutMs: 60_000, what: 'recovery of the source' },
  )

for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'ext4'] as const))
  await describeOn(
    storage,
    { sizeMb: storage === 'btrfs' ? 640 : 320, initdbOptions: ['--data-checksums'] },
    (bench) => {
      test.each(stepsOn(storage))(
        'H55: storage that runs full in the step %s: the error is typed, and nothing is left',
        async (step) => {
          const { source } = bench
          await source.query('CREATE TABLE IF NOT EXISTS kept (step text)')
          await source.query('INSERT INTO kept VALUES ($1)', [step])
          const error = await forkWhenFull(bench, step, bench.storage.path, bench.stateDirectory)
          if (error !== undefined)
            expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/), leftBehind: [] })
          // Where they share their space, a full disk ends the source as well: it comes back with all that it had.
          await comeBack(bench)
          expect(await source.query('SELECT step FROM kept WHERE step = $1', [step])).toEqual([{ step }])
          await expectNothingLeft(bench)
        },
      )

      // Which storage it is makes no difference to records.
      test.each(storage === 'btrfs' ? stepsOn(storage) : [])(
        'a state directory that runs full in the step %s: nothing is left',
        async (step) => {
          const stateDirectory = join(bench.stateDirectory, 'full')
          await mkdir(stateDirectory, { mode: 0o700 })
          await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', stateDirectory])
          try {
            const error = await forkWhenFull(bench, step, stateDirectory, stateDirectory)
            if (error !== undefined)
              expect(error).toMatchObject({ code: expect.toBeOneOf(['NO_SPACE', 'STATE_UNUSABLE']), leftBehind: [] })
            const found = await collectGarbage({ ...bench.options, stateDirectory })
            expect(found.filter(({ kind }) => kind !== 'port' && kind !== 'timeline')).toEqual([])
          } finally {
            await execa('umount', [stateDirectory])
            await rm(stateDirectory, { recursive: true })
            await forgetCollections(bench)
          }
          await expectNothingLeft(bench)
        },
      )

      // A base backup's WAL would be too much for so small a state directory.
      if (storage === 'btrfs')
        test('a state directory that is full when a fork is started: no server is left', async () => {
          const stateDirectory = join(bench.stateDirectory, 'full-at-start')
          await mkdir(stateDirectory, { mode: 0o700 })
          await execa('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', stateDirectory])
          try {
            const fork = await createFork({ source: bench.source.dataDirectory, ...bench.options, stateDirectory })
            await fork.stop()
            const empty = fillDisk(stateDirectory)
            await expect(fork.start()).rejects.toMatchObject({ code: 'NO_SPACE' })
            expect(await serversOf(fork)).toEqual([])
            empty()
            await fork.start()
            await fork.destroy()
          } finally {
            await execa('umount', [stateDirectory])
            await rm(stateDirectory, { recursive: true })
          }
          await expectNothingLeft(bench)
        })
    },
  )
