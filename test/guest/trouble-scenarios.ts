import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createSnapshot, openFork, type StepName, stepNames } from '@pgfork/core'
import { expect, test } from 'vitest'
import type { Cluster } from '../support/cluster/index.ts'
import { atCommand, recordCommands } from '../support/evidence/index.ts'
import { byExtent } from '../support/extent.ts'
import { sourceForStep } from '../support/fork/source-for-step.ts'
import { query } from '../support/query.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInGuest, type GuestStorage } from '../support/workbench/guest-workbench.ts'

/** In which the storage changes, or is done with. */
const stepsOfStorage: readonly StepName[] = ['snapshot', 'clone', 'ready']
const everyStep: readonly StepName[] = stepNames.filter((step) => step !== 'inspect')

/** What goes wrong on storage that only a guest has: the error is typed, and nothing is left. */
export async function troubleScenarios(title: string, storage: GuestStorage): Promise<void> {
  await describeInGuest(`${title}, trouble`, storage, (bench) => {
    test.each(byExtent(stepsOfStorage, everyStep))('aborted in the step %s, nothing is left', async (step) => {
      const aborting = new AbortController()
      const abort = async (): Promise<unknown> => {
        await using of = await sourceForStep(step, bench.source, bench.options)
        const made = bench.fork({
          ...of.options,
          signal: aborting.signal,
          prepare: () => {},
          verify: { deep: step === 'pages' },
          onProgress: (event) => {
            if (event.step === step && event.status === 'started') aborting.abort()
          },
        })
        return await made.then(
          (fork) => fork.destroy(),
          (reason: unknown) => reason,
        )
      }
      const error = await abort()
      // The last step may be over, and the fork with it, before it is heeded.
      if (error !== undefined || step !== 'ready') expect(error).toMatchObject({ code: 'ABORTED', leftBehind: [] })
      await bench.expectNothingLeft()
    })

    test('whichever command to the storage fails, or is done and fails all the same, nothing is left', {
      timeout: 600_000,
    }, async () => {
      // By turns: a command that is done and fails is followed by one that isn't done.
      for (let number = 1; ; number++) {
        const trouble = number % 2 === 0 ? 'fail' : 'fail-afterwards'
        let seen = 0
        await using troubled = recordCommands({
          trouble: (call) =>
            storage.tools.includes(call.file) && isChange(call.args) && ++seen === number
              ? atCommand(call.number, trouble)(call)
              : undefined,
        })
        const error = await bench.fork({ runner: troubled }).then(
          (made) => made.destroy().catch((reason: unknown) => made.destroy().then(() => reason)),
          (reason: unknown) => reason,
        )
        await bench.expectNothingLeft()
        if (seen < number) break
        expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) })
      }
    })

    test('H56: a fork that somebody works in is BUSY when it is destroyed, and names who; then it goes', async () => {
      await using made = await bench.fork({ name: 'held' })
      const holder = spawn('sleep', ['600'], { cwd: made.dataDirectory })
      await once(holder, 'spawn')
      try {
        const hasty = await openFork('held', { ...bench.options, driver: storage.hastyDriver })
        await expect(hasty.destroy()).rejects.toMatchObject({
          message: expect.stringContaining(`sleep (pid ${holder.pid}) holds`),
        })
      } finally {
        const ended = once(holder, 'exit')
        holder.kill()
        await ended
      }
      await made.destroy()
      await bench.expectNothingLeft()
    })

    test('H57: a snapshot that was destroyed from outside is missed by name, and can be forgotten', async () => {
      const snapshot = await createSnapshot({ ...bench.options, source: bench.source.dataDirectory, name: 'outside' })
      const [item] = await bench.listItems()
      await storage.destroySnapshot(item?.name ?? '', bench.root)
      await expect(bench.fork({ source: snapshot })).rejects.toMatchObject({ code: 'COPY_MISSING' })
      await snapshot.destroy()
      await bench.expectNothingLeft()
    })
  })

  await describeInGuest(
    `${title}, in a small pool`,
    { ...storage, createVolume: storage.createSmallVolume },
    (bench) => {
      test('H55: a pool that runs full while a fork is prepared fails the fork, and its source has lost nothing', async () => {
        let share = 0
        await bench.source.query('CREATE TABLE before AS SELECT 1 AS id')
        const filling = bench.fork({
          async prepare(client) {
            // Where writes wait in memory, the checkpoint meets the error.
            const sql = `CREATE TABLE filling AS
            SELECT repeat(md5(number::text), 30) FROM generate_series(1, 300000) AS number; CHECKPOINT`
            await client.query(sql).finally(async () => {
              share = await bench.dataShare()
            })
          },
        })
        await expect(filling).rejects.toMatchObject({ step: 'prepare', leftBehind: [] })
        expect(share).toBeGreaterThan(0.9)
        await bench.expectNothingLeft()
        const { source } = bench
        if (storage.mountAgain !== undefined) {
          await source.stop('immediate')
          await storage.mountAgain(bench.root)
        }
        await untilRecovered(source)
        expect(await source.query('SELECT id FROM before')).toEqual([{ id: 1 }])
        await source.query('CREATE TABLE afterwards AS SELECT 1 AS id; CHECKPOINT')
        await using made = await bench.fork()
        expect(await query(made, 'SELECT id FROM afterwards')).toEqual([{ id: 1 }])
      })

      test.each([
        ['data', { dataPercent: 1 }],
        ...(storage.hasMetadata ? [['metadata', { metadataPercent: 1 }] as const] : []),
      ] as const)(
        'H55: above the threshold for %s, a fork is refused with numbers before anything is made',
        async (kind, thresholds) => {
          await expect(bench.fork({ spaceThresholds: thresholds })).rejects.toMatchObject({
            code: 'NO_SPACE',
            hazard: 'H55',
            facts: { kind, thresholdPercent: 1, usedBytes: expect.any(Number), totalBytes: expect.any(Number) },
          })
          await bench.expectNothingLeft()
        },
      )
    },
  )
}

/** A server that could not write its WAL ends its sessions and recovers, or ends itself; either takes a while. */
async function untilRecovered(source: Cluster): Promise<void> {
  let last: unknown
  await waitUntil(
    async () => {
      try {
        if (!source.isRunning()) await source.start()
        await source.query('SELECT 1')
        return true
      } catch (error) {
        last = error
        return false
      }
    },
    { timeoutMs: 60_000, what: () => `answer of the source, but: ${last}` },
  )
}

/** `zfs get` and `zfs list` only look. */
const isChange = ([verb]: readonly string[]): boolean => !['get', 'list', 'holds'].includes(verb ?? '')
