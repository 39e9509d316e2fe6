import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type CreateForkOptions, createFork, listForks, openFork, type SnapshotDriver } from '@pgfork/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { CleanupStack } from '../integration/scenario/cleanup-stack.ts'
import { expectHolds } from '../integration/scenario/expect-consistent-forks.ts'
import { query } from '../integration/scenario/query.ts'
import {
  type Cluster,
  createCluster,
  createStandby,
  createTablespace,
  waitForReplay,
} from '../support/cluster/index.ts'
import { atCommand, type RecordingRunner, recordCommands, showOnFailure } from '../support/evidence/index.ts'
import { expectBalanced, startLoad } from '../support/load/index.ts'
import { startOracle } from '../support/oracle/index.ts'
import { makeWorkFolder } from '../support/system/make-work-folder.ts'
import { runner as systemRunner } from '../support/system/runner.ts'

export interface GuestStorage {
  readonly driver: SnapshotDriver
  createVolume(): Promise<{ readonly path: string } & AsyncDisposable>
  /** What a reboot leaves of a clone: not mounted, not active. */
  shutDown(mountPoint: string): Promise<void>
  /** The commands that change the storage. */
  readonly tools: readonly string[]
}

/** The library end to end on storage that only a guest has. */
export function forkScenarios(title: string, { driver, createVolume, shutDown, tools }: GuestStorage): void {
  describe(title, () => {
    const cleanups = new CleanupStack()
    let root: string
    let source: Cluster
    let runner: RecordingRunner
    let options: { driver: SnapshotDriver; stateDirectory: string; runner: RecordingRunner }
    const fork = (given: Partial<CreateForkOptions> = {}) =>
      createFork({ source: source.dataDirectory, onWarning: () => {}, ...options, ...given })

    beforeAll(async () => {
      root = cleanups.use(await createVolume()).path
      const elsewhere = cleanups.use(await createVolume()).path
      source = cleanups.use(await createCluster({ directory: join(root, 'main') }))
      await createTablespace(source, 'elsewhere', join(elsewhere, 'space'))
      const stateDirectory = await makeWorkFolder('state')
      await chmod(stateDirectory, 0o700)
      cleanups.defer(() => rm(stateDirectory, { recursive: true, force: true }))
      runner = cleanups.use(recordCommands())
      options = { driver, stateDirectory, runner }
      cleanups.defer(async () => {
        for (const { name } of await listForks(options)) await (await openFork(name, options)).destroy()
      })
    })
    beforeEach(() => showOnFailure(runner, source))
    afterAll(() => cleanups.run())

    const expectNothingLeft = async (): Promise<void> => {
      expect(await listForks(options)).toEqual([])
      const context = { runner: systemRunner, warn: () => {}, progress: () => {} }
      expect(await driver.list(await driver.locate(root, context), context)).toEqual([])
    }

    test('each of 3 forks under load, with a tablespace on another volume, holds what was acknowledged', {
      timeout: 240_000,
    }, async () => {
      await source.query('CREATE TABLE there (id int) TABLESPACE elsewhere; INSERT INTO there VALUES (1)')
      await using load = await startLoad(source, { clients: 4, scale: 1 })
      await using oracle = await startOracle(source, { writers: 4, payloadBytes: 200 })
      for (let repetition = 1; repetition <= 3; repetition++) {
        const acknowledged = oracle.acknowledged()
        await using made = await fork()
        const issued = oracle.issued()
        const times = made.steps.map(({ name, milliseconds }) => `${name} ${Math.round(milliseconds)}`).join(', ')
        console.info(`${title}, fork ${repetition} under load, ms: ${times}`)
        await expectHolds(made, acknowledged, issued, expectBalanced)
        await query(made, 'INSERT INTO there VALUES (2); DROP TABLE pgbench_history')
        expect(await source.query('SELECT id FROM there')).toEqual([{ id: 1 }])
      }
      await oracle.stop()
      await load.stop()
      await expectNothingLeft()
    })

    test('a fork outlives a reboot: started again, its clones are mounted again', async () => {
      await using made = await fork({ name: 'rebooted' })
      await query(made, 'CREATE TABLE kept AS SELECT 7 AS id')
      await made.stop()
      const context = { runner: systemRunner, warn: () => {}, progress: () => {} }
      const items = await driver.list(await driver.locate(root, context), context)
      const paths = items.flatMap(({ path }) => path ?? [])
      expect(paths.length).toBeGreaterThan(0)
      for (const path of paths) await shutDown(path)
      const again = await openFork('rebooted', options)
      await again.start()
      expect(await query(again, 'SELECT id FROM kept')).toEqual([{ id: 7 }])
    })

    test('a fork of a fork, and a reset', async () => {
      await using first = await fork()
      await query(first, 'CREATE TABLE of_first AS SELECT 1 AS id')
      {
        await using second = await fork({ source: first.dataDirectory })
        expect(await query(second, 'SELECT id FROM of_first')).toEqual([{ id: 1 }])
        await query(second, 'DROP TABLE of_first')
      }
      expect(await query(first, 'SELECT id FROM of_first')).toEqual([{ id: 1 }])
    })

    test('a standby is forked, and its place and slot stay its own', async () => {
      await using standby = await createStandby(source, { directory: join(root, 'standby'), slot: 'standby' })
      await waitForReplay(source, standby)
      await using made = await fork({ source: standby.dataDirectory })
      expect(await query(made, 'SELECT pg_is_in_recovery() AS recovers')).toEqual([{ recovers: false }])
      expect(await source.query('SELECT active FROM pg_replication_slots')).toEqual([{ active: true }])
    })

    test('whichever command to the storage fails, or is done and fails all the same, nothing is left', {
      timeout: 400_000,
    }, async () => {
      // By turns: a command that is done and fails is followed by one that isn't done.
      for (let number = 1; ; number++) {
        const trouble = number % 2 === 0 ? 'fail' : 'fail-afterwards'
        let seen = 0
        await using troubled = recordCommands({
          trouble: (call) =>
            tools.includes(call.file) && isChange(call.args) && ++seen === number
              ? atCommand(call.number, trouble)(call)
              : undefined,
        })
        const error = await fork({ runner: troubled }).then(
          (made) => made.destroy().catch((reason: unknown) => made.destroy().then(() => reason)),
          (reason: unknown) => reason,
        )
        await expectNothingLeft()
        if (seen < number) break
        expect(error).toMatchObject({ code: expect.stringMatching(/^[A-Z_]+$/) })
      }
    })
  })
}

/** `zfs get` and `zfs list` only look. */
const isChange = ([verb]: readonly string[]): boolean => !['get', 'list', 'holds'].includes(verb ?? '')
