import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { createFork, describeHistory, isPgforkError, listSnapshots, recordHistory, removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { checkout, programArguments } from '../../support/programs/program.ts'
import { runner } from '../../support/system/runner.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, keepAll, recordInTurn, sourceMaker, upTo, write } from './describe-moments.ts'

const rounds = byExtent(3, 8, 40)
const atLength = byExtent(false, true)

await describeWorkbench(
  'histories in trouble',
  ['btrfs', 'ext4'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const make = sourceMaker(bench, storage, { wal_keep_size: '512MB' })
    const small = await bench.storage('ext4', 256)
    const many = async (): Promise<Cluster> => {
      const source = await bench.cluster({
        directory: join(await bench.directory(storage, 'source-many'), 'main'),
        initdbOptions: ['--wal-segsize=1'],
        settings: { autovacuum: 'off', wal_keep_size: '2GB' },
      })
      await source.query('CREATE TABLE events (id int PRIMARY KEY)')
      return source
    }
    return {
      ...{ source: await make('full'), crowded: await make('crowded'), small },
      many: atLength ? await many() : undefined,
    }
  },
  (bench) => {
    test('H55: a disk that is full in the middle of a call: what was whole stays, and the next call goes on', async () => {
      const { source, small } = bench
      const stateDirectory = join(small.path, 'state')
      await mkdir(stateDirectory, { mode: 0o700 })
      // They would refuse before.
      const request = {
        ...bench.options,
        ...{ source: source.dataDirectory, driver: btrfs(), stateDirectory },
      }
      const record = () => recordInTurn({ ...request, spaceThresholds: { dataPercent: 100 } })
      await record()
      const { walDirectory } = await describeHistory(request)
      for (let id = 1; id <= 8; id++) {
        await write(source, id)
        await source.query('SELECT pg_switch_wal()')
      }
      const ballast = join(small.path, 'ballast')
      const whole = async () => (await readdir(walDirectory)).filter((name) => /^[0-9A-F]{24}$/.test(name))
      let isOver = false
      const filling = (async () => {
        while (!isOver && (await whole()).length < 3) await setImmediate()
        fill(ballast)
      })()
      const full = await record().catch((error: unknown) => error)
      isOver = true
      await filling
      expect(full).toMatchObject({ code: 'NO_SPACE' })
      expect((await whole()).length).toBeGreaterThanOrEqual(3)
      const { latest, gaps } = await describeHistory(request)
      expect(gaps).toEqual([])
      expect(latest?.location).toBeDefined()
      await rm(ballast)
      const last = await write(source, 9)
      await record()
      expect((await describeHistory(request)).gaps).toEqual([])
      expect(await readdir(walDirectory)).toEqual(await whole())
      const fork = await createFork({ ...request, at: last.before.location })
      expect(await eventsIn(fork)).toEqual(upTo(8))
      await fork.destroy()
      await removeHistory(request)
      expect(await listSnapshots({ stateDirectory })).toEqual([])
      await rm(stateDirectory, { recursive: true })
    })

    test(`H79: several that record at once, in ${rounds} rounds: one does, the others are BUSY, and there is no gap`, async () => {
      const { crowded: source } = bench
      const { stateDirectory } = bench.options
      const request = { source: source.dataDirectory, driver: btrfs(), ...bench.options }
      const record = () => recordHistory({ ...request, keep: keepAll })
      await record()
      const data = { source: source.dataDirectory, stateDirectory, keep: keepAll, rounds: rounds * 5 }
      const child = spawn(process.execPath, programArguments('record-history-program', data), {
        cwd: checkout,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      let recorded = 0
      const recordAtOnce = async (id: number): Promise<void> => {
        await write(source, id)
        await source.query('SELECT pg_switch_wal()')
        const calls = await Promise.allSettled([record(), record(), record()])
        for (const call of calls)
          if (call.status === 'fulfilled') recorded++
          else expect(isPgforkError(call.reason) && call.reason.code).toBe('BUSY')
      }
      for (let id = 1; id < rounds; id++) await recordAtOnce(id)
      expect(await ended).toEqual([0, null])
      // The other process may have been the one that did, each time until it ended.
      recorded = 0
      await recordAtOnce(rounds)
      const last = await write(source, rounds + 1)
      await recordInTurn(request)
      const { gaps, snapshots } = await describeHistory(request)
      expect(gaps).toEqual([])
      expect(recorded).toBeGreaterThan(0)
      expect(snapshots.length).toBeGreaterThan(1)
      await using fork = await bench.fork(source, { at: last.before.location, driver: btrfs() })
      expect(await eventsIn(fork)).toEqual(upTo(rounds))
      await removeHistory(request)
    })

    if (!atLength) return

    test('H79: more segments than a process may open files', async () => {
      const source = bench.many as Cluster
      const { stateDirectory } = bench.options
      const request = { source: source.dataDirectory, driver: btrfs(), ...bench.options }
      await recordHistory({ ...request, keep: keepAll })
      for (let id = 1; id <= 400; id++) {
        if (id % 100 === 0) await write(source, id)
        await source.query('SELECT txid_current(); SELECT pg_switch_wal()')
      }
      const last = await write(source, 401)
      const data = { source: source.dataDirectory, stateDirectory, keep: keepAll, rounds: 1 }
      const program = [process.execPath, ...programArguments('record-history-program', data)]
      await runner.run('prlimit', ['--nofile=380', ...program])
      const { gaps, walSegments } = await describeHistory(request)
      expect(gaps).toEqual([])
      expect(walSegments).toBeGreaterThan(400)
      await using fork = await bench.fork(source, { at: last.before.location, driver: btrfs() })
      expect(await eventsIn(fork)).toEqual([100, 200, 300, 400])
      await removeHistory(request)
    })
  },
)

/** Leaves no room on a file system, while nothing else of this process goes on. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const chunk of [Buffer.alloc(1024 * 1024, 7), Buffer.alloc(4096, 7)])
      try {
        for (;;) writeSync(file, chunk)
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
  } finally {
    closeSync(file)
  }
}
