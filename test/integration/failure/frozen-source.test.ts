import { createFork } from '@pgfork/core'
import { expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { type FreezingProxy, startFreezingProxy } from '../../support/frozen/freezing-proxy.ts'
import { stopProcess } from '../../support/frozen/stop-process.ts'
import { runProgram } from '../../support/programs/run-program.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const limitMs = 500
/** For all else that makes a fork, and for a farewell that is not answered, on a machine that is busy. */
const restMs = 20_000
const never = 10_000

for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
  await describeOn(storage, {}, (bench) => {
    const sourceBy = ({ host, port }: FreezingProxy) => ({
      dataDirectory: bench.source.dataDirectory,
      connection: { host, port, user: 'postgres' },
    })

    async function expectNoSession(): Promise<void> {
      const sql = `SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name = 'pgfork'`
      const none = async () => (await bench.source.query<{ sessions: number }>(sql))[0]?.sessions === 0
      await waitUntil(none, { timeoutMs: 10_000, what: 'end of all sessions of ours' })
    }

    /** Of a fork that nothing disturbs. */
    async function countStatements(): Promise<number> {
      await using proxy = await startFreezingProxy(bench.source, never)
      await using fork = await createFork({ ...bench.options, checkpoint: true, source: sourceBy(proxy) })
      expect(fork.verification?.checks.length).toBeGreaterThan(0)
      return proxy.begun
    }

    test('H78: a source that is frozen at any of its statements ends the fork within the time limit, and leaves nothing', async () => {
      const count = await countStatements()
      expect(count).toBeGreaterThan(5)
      let failures = 0
      for (let number = 1; number <= count; number++) {
        await using proxy = await startFreezingProxy(bench.source, number)
        const started = performance.now()
        const timeouts = { sourceStatementMs: limitMs }
        // After the snapshot the source is only looked at once more.
        const error = await createFork({ ...bench.options, checkpoint: true, source: sourceBy(proxy), timeouts }).then(
          (fork) => fork.destroy(),
          (reason: unknown) => reason,
        )
        expect(performance.now() - started, `statement ${number}`).toBeLessThan(limitMs + restMs)
        if (error !== undefined) {
          failures++
          expect(error, `statement ${number}`).toMatchObject({ code: 'TIMED_OUT', hazard: 'H78', leftBehind: [] })
        }
        await proxy[Symbol.asyncDispose]()
        await expectNothingLeft(bench)
        await expectNoSession()
      }
      expect(failures).toBeGreaterThan(count / 2)
    })

    test('H78: a signal ends the wait for a frozen source at once', async () => {
      const count = await countStatements()
      let slowest = 0
      for (let number = 1; number <= count; number++) {
        await using proxy = await startFreezingProxy(bench.source, number)
        const aborting = new AbortController()
        const made = createFork({
          ...bench.options,
          checkpoint: true,
          source: sourceBy(proxy),
          signal: aborting.signal,
        }).then(
          (fork) => fork.destroy(),
          (reason: unknown) => reason,
        )
        await Promise.race([proxy.frozen, made])
        const started = performance.now()
        aborting.abort()
        const error = await made
        slowest = Math.max(slowest, performance.now() - started)
        expect(error, `statement ${number}`).toMatchObject({ code: 'ABORTED', leftBehind: [] })
        await proxy[Symbol.asyncDispose]()
        await expectNothingLeft(bench)
        await expectNoSession()
      }
      expect(slowest).toBeLessThan(4_000)
    })

    test('H78: a server that lets nobody in any more is forked without a checkpoint, or not at all', async () => {
      const warnings: string[] = []
      const { pid = 0 } = bench.source
      {
        await using _stopped = await stopProcess(pid)
        const made = createFork({
          ...{ ...bench.options, source: bench.source.dataDirectory, timeouts: { sourceStatementMs: limitMs } },
          onWarning: (message) => void warnings.push(message),
        })
        if (storage === 'btrfs') {
          await using _ = await made
          expect(warnings).toContainEqual(
            expect.stringMatching(/^No checkpoint was made.*did not answer within 500 ms/),
          )
        } else await expect(made).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED', leftBehind: [] })
        const { host, port, user } = bench.source.connection
        const source = { dataDirectory: bench.source.dataDirectory, connection: { host, port, user } }
        const wished = createFork({ ...bench.options, source, timeouts: { sourceStatementMs: limitMs } })
        await expect(wished).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED', leftBehind: [] })
      }
      await expectNothingLeft(bench)
      await expectNoSession()
    })

    if (storage === 'xfs')
      test('H78: what is given up is cancelled on the source', async () => {
        await bench.source.query('CREATE TABLE dirty AS SELECT generate_series(1, 200000) AS id')
        // Its checkpoint takes its time, which is minutes.
        const given = { checkpoint: false, timeouts: { sourceStatementMs: 2_000 } }
        const made = createFork({ ...bench.options, source: bench.source.dataDirectory, ...given })
        await expect(made).rejects.toMatchObject({ code: 'TIMED_OUT', step: 'snapshot', leftBehind: [] })
        await expectNoSession()
        await expectNothingLeft(bench)
      })

    test.each([
      ['frozen', 'TIMED_OUT'],
      ['binaries', 'BINARIES_NOT_FOUND'],
    ])('H78: a process whose fork fails (%s) ends by itself', async (what, code) => {
      await using proxy = await startFreezingProxy(bench.source, what === 'frozen' ? 4 : never)
      const source = { ...sourceBy(proxy), ...(what === 'binaries' ? { binDirectory: '/nowhere' } : {}) }
      const request = {
        source,
        stateDirectory: bench.stateDirectory,
        what: 'destroy',
        // What isn't frozen is answered, however busy the machine is.
        ...(what === 'frozen' ? { timeouts: { sourceStatementMs: limitMs } } : {}),
      }
      expect(await runProgram('fork-and-destroy-program', request, 30_000)).toBe(code)
      await proxy[Symbol.asyncDispose]()
      await expectNothingLeft(bench)
      await expectNoSession()
    })
  })
