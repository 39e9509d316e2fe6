import { listForks, openFork } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { lastingFacts } from '../../support/fork/lasting-facts.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { readProcess } from '../../support/system/processes.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const rowsOf = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
  (await query<{ id: number }>(server, 'SELECT id FROM life ORDER BY id')).map(({ id }) => id)

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE life (id int PRIMARY KEY); INSERT INTO life VALUES (1)')
  })

  test('a stopped fork keeps its files, and starts again on the same port and socket', async () => {
    await using fork = await bench.fork()
    const [before, firstPid] = [lastingFacts(fork), fork.pid]
    await query(fork, 'INSERT INTO life VALUES (2)')
    await fork.stop()
    expect(fork.pid).toBeUndefined()
    expect(await readProcess(firstPid as number)).toBeUndefined()
    await expect(query(fork, 'SELECT 1')).rejects.toThrow()
    await fork.start()
    expect(fork.pid).not.toBe(firstPid)
    expect(lastingFacts(fork)).toEqual(before)
    expect(await rowsOf(fork)).toEqual([1, 2])
    // Both can be repeated.
    await fork.start()
    await fork.stop()
    await fork.stop()
  })

  test('another process finds, stops, starts, resets and destroys a fork', async () => {
    await using fork = await bench.fork({ lifetime: 'persistent', name: 'taken-over' })
    await using other = await startForkProcess(bench.stateDirectory)
    expect(await other.list()).toMatchObject([
      { name: 'taken-over', status: 'ready', isRunning: true, port: fork.port, lifetime: 'persistent', timeline: 2 },
    ])
    const opened = await other.perform('open', 'taken-over')
    expect(lastingFacts(opened)).toEqual(lastingFacts(fork))
    expect(opened.pid).toBe(fork.pid)

    await query(fork, 'INSERT INTO life VALUES (2)')
    expect((await other.perform('stop', 'taken-over')).pid).toBeNull()
    expect(await listForks(bench.options)).toMatchObject([{ name: 'taken-over', isRunning: false, status: 'ready' }])
    await other.perform('start', 'taken-over')
    expect(await rowsOf(fork)).toEqual([1, 2])
    expect(lastingFacts(await other.perform('reset', 'taken-over'))).toEqual(lastingFacts(fork))
    expect(await rowsOf(fork)).toEqual([1])

    await other.perform('destroy', 'taken-over')
    expect(await listForks(bench.options)).toEqual([])
    await expect(openFork('taken-over', bench.options)).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
    await expect(fork.start()).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
  })
})
