import { type Fork, listForks, openFork } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { type ForkFacts, startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { readProcess } from '../../support/system/processes.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const rowsOf = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM life ORDER BY id')).map(({ id }) => id)

/** What a fork keeps as long as it lives. */
const lasting = ({ name, dataDirectory, port, socketDirectory, connectionString, timeline }: Fork | ForkFacts) => ({
  name,
  dataDirectory,
  port,
  socketDirectory,
  connectionString,
  timeline,
})

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE life (id int PRIMARY KEY); INSERT INTO life VALUES (1)')
  })

  test('a stopped fork keeps its files, and starts again on the same port and socket', async () => {
    await using fork = await bench.fork()
    const [before, firstPid] = [lasting(fork), fork.pid]
    await query(fork, 'INSERT INTO life VALUES (2)')
    await fork.stop()
    expect(fork.pid).toBeUndefined()
    expect(await readProcess(firstPid as number)).toBeUndefined()
    await expect(query(fork, 'SELECT 1')).rejects.toThrow()
    await fork.start()
    expect(fork.pid).not.toBe(firstPid)
    expect(lasting(fork)).toEqual(before)
    expect(await rowsOf(fork)).toEqual([1, 2])
    // Both can be repeated.
    await fork.start()
    await fork.stop()
    await fork.stop()
  })

  test('reset goes back to the moment of the fork, again and again, in the same place', async () => {
    await using fork = await bench.fork({ prepare: (client) => client.query('INSERT INTO life VALUES (100)') })
    const before = lasting(fork)
    for (let round = 1; round <= 2; round++) {
      await query(fork, 'DELETE FROM life; INSERT INTO life VALUES (3)')
      await query(fork, 'ALTER SYSTEM SET work_mem = 123')
      // What the source has done since doesn't come in.
      await bench.source.query('INSERT INTO life VALUES (50)')
      await fork.reset().finally(() => bench.source.query('DELETE FROM life WHERE id = 50'))
      expect(lasting(fork)).toEqual(before)
      expect(await rowsOf(fork)).toEqual([1, 100])
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }])
    }
  })

  test('another process finds, stops, starts, resets and destroys a fork', async () => {
    await using fork = await bench.fork({ lifetime: 'persistent', name: 'taken-over' })
    await using other = await startForkProcess(bench.stateDirectory)
    expect(await other.list()).toMatchObject([
      { name: 'taken-over', status: 'ready', isRunning: true, port: fork.port, lifetime: 'persistent', timeline: 2 },
    ])
    const opened = await other.perform('open', 'taken-over')
    expect(lasting(opened)).toEqual(lasting(fork))
    expect(opened.pid).toBe(fork.pid)

    await query(fork, 'INSERT INTO life VALUES (2)')
    expect((await other.perform('stop', 'taken-over')).pid).toBeNull()
    expect(await listForks(bench.options)).toMatchObject([{ name: 'taken-over', isRunning: false, status: 'ready' }])
    await other.perform('start', 'taken-over')
    expect(await rowsOf(fork)).toEqual([1, 2])
    expect(lasting(await other.perform('reset', 'taken-over'))).toEqual(lasting(fork))
    expect(await rowsOf(fork)).toEqual([1])

    await other.perform('destroy', 'taken-over')
    expect(await listForks(bench.options)).toEqual([])
    await expect(openFork('taken-over', bench.options)).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
    await expect(fork.start()).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
  })

  for (const how of ['SIGKILL', 'SIGTERM', 'in order'] as const) {
    test(`a fork with lifetime "process" goes down with its maker: ${how}`, async () => {
      await using maker = await startForkProcess(bench.stateDirectory)
      const made = await maker.create({ source: bench.source.dataDirectory, name: 'bound' })
      expect(await rowsOf(made)).toEqual([1])
      await maker.end(how)
      await untilGone(made)
      // Its files are there until somebody destroys it or takes it over.
      await using fork = await openFork('bound', bench.options)
      expect(fork.pid).toBeUndefined()
      await fork.start()
      expect(await rowsOf(fork)).toEqual([1])
    })

    test(`a fork with lifetime "persistent" outlives its maker: ${how}`, async () => {
      await using maker = await startForkProcess(bench.stateDirectory)
      const made = await maker.create({ source: bench.source.dataDirectory, name: 'free', lifetime: 'persistent' })
      const session = await query(made, 'INSERT INTO life VALUES (2) RETURNING pg_backend_pid() AS pid')
      expect(session).toHaveLength(1)
      await maker.end(how)
      await using fork = await openFork('free', bench.options)
      expect(fork.pid).toBe(made.pid)
      expect(await rowsOf(fork)).toEqual([1, 2])
      // Started by another process, it outlives that one, too.
      await using starter = await startForkProcess(bench.stateDirectory)
      await starter.perform('stop', 'free')
      await starter.perform('start', 'free')
      await starter.end(how)
      expect(await rowsOf(fork)).toEqual([1, 2])
    })
  }
})

async function untilGone({ pid, dataDirectory }: ForkFacts): Promise<void> {
  await waitUntil(async () => (await readProcess(pid as number)) === undefined, {
    timeoutMs: 10_000,
    what: `end of the server ${pid} of ${dataDirectory}`,
  })
}
