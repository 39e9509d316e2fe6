import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, openFork } from '@pgfork/core'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastingFacts } from '../../support/fork/lasting-facts.ts'
import { query } from '../../support/query.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE life (id int PRIMARY KEY); INSERT INTO life VALUES (1)')
  })
  afterAll(() => forgetCollections(bench))

  const rowsOf = async (server: Parameters<typeof query>[0]): Promise<number[]> =>
    (await query<{ id: number }>(server, 'SELECT id FROM life ORDER BY id')).map(({ id }) => id)

  test('reset goes back to the moment of the fork, again and again, in the same place', async () => {
    await using fork = await bench.fork({ prepare: (client) => client.query('INSERT INTO life VALUES (100)') })
    const before = lastingFacts(fork)
    for (let round = 1; round <= 2; round++) {
      await query(fork, 'DELETE FROM life; INSERT INTO life VALUES (3)')
      await query(fork, 'ALTER SYSTEM SET work_mem = 123')
      // What the source has done since doesn't come in.
      await bench.source.query('INSERT INTO life VALUES (50)')
      await fork.reset().finally(() => bench.source.query('DELETE FROM life WHERE id = 50'))
      expect(lastingFacts(fork)).toEqual(before)
      expect(await rowsOf(fork)).toEqual([1, 100])
      expect(await query(fork, 'SHOW work_mem')).toEqual([{ work_mem: '4MB' }])
    }
  })

  test('a stopped fork is reset, and runs on its port afterwards', async () => {
    await using fork = await bench.fork()
    const before = lastingFacts(fork)
    await query(fork, 'DELETE FROM life')
    await fork.stop()
    await fork.reset()
    expect(lastingFacts(fork)).toEqual(before)
    expect(await rowsOf(fork)).toEqual([1])
  })

  test('resettable: false keeps no snapshot', async () => {
    await using fork = await bench.fork({ resettable: false })
    await expect(fork.reset()).rejects.toMatchObject({ code: 'RESET_UNAVAILABLE' })
    expect(await rowsOf(fork)).toEqual([1])
  })

  test('H68: a fork that was masked is not reset by somebody who does not mask it again', async () => {
    const prepare = (client: pg.Client) => client.query('UPDATE life SET id = -id')
    await using fork = await bench.fork({ name: 'masked', prepare })
    const opened = await openFork('masked', bench.options)
    const before = fork.pid
    await expect(opened.reset()).rejects.toMatchObject({
      code: 'RESET_UNAVAILABLE',
      hazard: 'H68',
      message: expect.stringContaining('reset({ prepare })'),
    })
    expect({ pid: opened.pid, rows: await rowsOf(fork) }).toEqual({ pid: before, rows: [-1] })
    await opened.reset({ prepare })
    expect(await rowsOf(fork)).toEqual([-1])
    await fork.reset()
    expect(await rowsOf(fork)).toEqual([-1])
    await expect(opened.reset({ prepare: 'no' as never })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })

  test('H68: nor one that was masked by a later reset', async () => {
    await using fork = await bench.fork({ name: 'later', verify: { connect: true } })
    await fork.reset({ prepare: (client) => client.query('DELETE FROM life') })
    await expect(fork.reset()).rejects.toMatchObject({ code: 'RESET_UNAVAILABLE', hazard: 'H68' })
    expect(await rowsOf(fork)).toEqual([])
  })

  test('a fork that is being reset is no garbage, although its maker has ended', async () => {
    await using _ = await bench.fork({ name: 'reset', lifetime: 'persistent' })
    const path = join(bench.stateDirectory, 'forks', 'reset.json')
    const record = JSON.parse(await readFile(path, 'utf8'))
    const maker = { ...record.maker, pid: 2 ** 22 + 1 }
    await writeFile(path, JSON.stringify({ ...record, maker }))
    let collected: unknown
    // Its clone is made anew in this moment.
    const meddling = {
      ...bench.options.driver,
      attach: async (...parameters: Parameters<typeof bench.options.driver.attach>) => {
        collected = await collectGarbage(bench.options)
        return bench.options.driver.attach(...parameters)
      },
    }
    await (await openFork('reset', { ...bench.options, driver: meddling })).reset()
    expect(collected).toEqual([])
    expect((await openFork('reset', bench.options)).pid).toBeDefined()
  })
})
