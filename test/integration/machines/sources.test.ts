import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFork, type SnapshotDriver } from '@pgfork/core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openClusterAgain } from '../../support/cluster/index.ts'
import { type Place, startContained, startElsewhere, whyNotElsewhere } from '../../support/elsewhere/index.ts'
import { byExtent } from '../../support/extent.ts'
import { runner } from '../../support/system/runner.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { destroyForks } from '../../support/workbench/make-state.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const container: Place = { container: true }
const noCheckpoint = expect.stringMatching(/^No checkpoint was made.*its server can't be found/)

/** The same driver, with something done right before one of its verbs. */
const before = (driver: SnapshotDriver, verb: 'locate' | 'snapshot', act: () => Promise<void>): SnapshotDriver => {
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

const obstacle = await whyNotElsewhere()
const title = `sources in containers${obstacle ? `, skipped: ${obstacle}` : ''}`
describe.skipIf(obstacle !== undefined)(title, async () => {
  for (const storage of byExtent(['btrfs'] as const, ['btrfs', 'xfs'] as const))
    await describeOn(storage, {}, (bench) => {
      const given = () => ({ stateDirectory: bench.stateDirectory, name: 'theirs', source: bench.source.dataDirectory })
      beforeAll(() => bench.source.stop())
      afterEach(() => destroyForks(bench.options))
      afterAll(() => forgetCollections(bench))

      test.each<[string, Place]>([
        ['by root', {}],
        ['without CAP_SYS_PTRACE', { without: ['sys_ptrace'] }],
      ])(
        "H71: a server that is process 1 of its container is found from outside, %s, and never the machine's own",
        async (_, place) => {
          await using server = await startContained(bench.source)
          await using caller = await startElsewhere(place)
          const fork = await caller.ask('createFork', given())
          expect(caller.warnings).toEqual([])
          expect(fork.report).toContain(`the source still runs: pid ${server.pid}`)
          await caller.ask('act', { name: 'theirs', verb: 'destroy' })
          await server.stop()
        },
      )

      test("H71: a server in another container is hidden: without a connection no checkpoint, and no copy that isn't atomic", async () => {
        await using server = await startContained(bench.source)
        await using caller = await startElsewhere(container)
        const made = caller.ask('createFork', given())
        if (storage === 'btrfs') {
          expect((await made).report).toBeDefined()
          expect(caller.warnings).toEqual([noCheckpoint])
          await caller.ask('act', { name: 'theirs', verb: 'destroy' })
          const wish = caller.ask('createFork', { ...given(), checkpoint: true })
          await expect(wish).rejects.toMatchObject({ code: 'CONNECTION_REQUIRED' })
          // It is not one that was stopped cleanly.
          const kept = caller.ask('createFork', { ...given(), timeline: 'keep', verify: { connect: false } })
          await expect(kept).rejects.toMatchObject({ code: 'INVALID_OPTION' })
        } else await expect(made).rejects.toMatchObject({ code: 'SOURCE_NOT_CLEAN' })
        await server.stop()
        await expectNothingLeft(bench, { sourceRuns: false })
      })

      test('H71: with a connection, a hidden server gets its checkpoint or its base backup', async () => {
        await using server = await startContained(bench.source)
        await using caller = await startElsewhere(container)
        const { host, port, user } = bench.source.connection
        const logged = (await bench.source.log()).length
        const source = { dataDirectory: bench.source.dataDirectory, connection: { host, port, user } }
        const fork = await caller.ask('createFork', { ...given(), source, checkpoint: true })
        expect(caller.warnings).toEqual([])
        expect(fork.report).toContain('the source still runs')
        expect((await bench.source.log()).slice(logged)).toMatch(/checkpoint starting: .*force/)
        await caller.ask('act', { name: 'theirs', verb: 'destroy' })
        await server.stop()
      })

      test.each(['locate', 'snapshot'] as const)(
        'H71: a stopped source whose server starts in a container right before the verb %s is no stopped one',
        async (verb) => {
          let server: Awaited<ReturnType<typeof startContained>> | undefined
          const driver = before(bench.options.driver, verb, async () => {
            server = await startContained(bench.source)
          })
          try {
            const made = createFork({ ...bench.options, source: bench.source.dataDirectory, driver })
            await expect(made).rejects.toMatchObject({ code: 'SOURCE_CHANGED', step: 'snapshot', leftBehind: [] })
          } finally {
            await server?.stop()
          }
          await expectNothingLeft(bench, { sourceRuns: false })
        },
      )

      test('H71: nor is one that was started and stopped again before the snapshot', async () => {
        const driver = before(bench.options.driver, 'snapshot', async () => {
          const server = await startContained(bench.source)
          await server.stop()
        })
        const made = createFork({ ...bench.options, source: bench.source.dataDirectory, driver })
        await expect(made).rejects.toMatchObject({ code: 'SOURCE_CHANGED', leftBehind: [] })
        await using fork = await bench.fork({ timeline: 'keep' })
        expect(fork.verification?.report).toBeDefined()
      })

      test('H71: nor is one with a lock file of a process that can not be seen', async () => {
        const lockFile = join(bench.source.dataDirectory, 'postmaster.pid')
        await writeFile(lockFile, `4194304\n${bench.source.dataDirectory}\n1700000000\n5432\n/nowhere\n`)
        await giveToServerUser(lockFile)
        try {
          const wish = { ...given(), timeline: 'keep', verify: { connect: false } } as const
          await using caller = await startElsewhere(container)
          const code = storage === 'btrfs' ? 'INVALID_OPTION' : 'SOURCE_NOT_CLEAN'
          await expect(caller.ask('createFork', wish)).rejects.toMatchObject({ code })
          // From outside all processes can be seen, and so that it has ended.
          await using fork = await bench.fork({ timeline: 'keep', verify: { connect: false } })
          expect(fork.pid).toBeDefined()
        } finally {
          await rm(lockFile)
        }
      })

      test('H71: a connection to the twin of a source, with its port and start time, leads to another server', async () => {
        const { dataDirectory, connection } = bench.source
        const copied = await bench.directory('twin')
        await runner.run('cp', ['-a', `${dataDirectory}/.`, copied])
        await using twin = await openClusterAgain(copied)
        await twin.settings({ port: connection.port, listen_addresses: '' })
        await twin.stop()
        await Promise.all([twin.start(), bench.source.start()])
        try {
          const source = { dataDirectory, connection: { ...connection, host: twin.socketDirectory } }
          const made = createFork({ ...bench.options, source })
          await expect(made).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND', step: 'inspect' })
        } finally {
          await bench.source.stop()
        }
      })
    })
})
