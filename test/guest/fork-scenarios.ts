import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { detectDriver, openFork, rebuildState } from '@pgfork/core'
import { expect, test } from 'vitest'
import { createTablespace } from '../support/cluster/index.ts'
import { expectHolds } from '../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../support/consistency/oracle-timeout.ts'
import { byExtent } from '../support/extent.ts'
import { retellArticle } from '../support/fork/retell-article.ts'
import { createPgbenchTables, expectBalanced, startPgbench } from '../support/load/index.ts'
import { startOracle } from '../support/oracle/index.ts'
import { query } from '../support/query.ts'
import { makeWorkFolder } from '../support/system/make-work-folder.ts'
import { describeInGuest, type GuestStorage, type GuestWorkbench } from '../support/workbench/guest-workbench.ts'

/** Of each kind of load. At full speed the storage's commands, which a guest runs on the same CPU, would wait for long. */
const transactionsPerSecond = 60

const count = byExtent(2, 2, 50)

/** The library end to end on storage that only a guest has. */
export const forkScenarios = (title: string, storage: GuestStorage): Promise<void> =>
  describeInGuest(title, storage, (bench) => {
    testMainUse(bench)
    testConsistency(title, bench)
    testLoss(bench)
  })

/** For storage of which the most is known from its like. */
export const mainScenarios = (title: string, storage: GuestStorage): Promise<void> =>
  describeInGuest(title, storage, testMainUse)

function testMainUse(bench: GuestWorkbench): void {
  test('detectDriver finds its driver among all that are installed', async () => {
    const { driver, candidates } = await detectDriver(bench.root, undefined, { onWarning: bench.options.onWarning })
    expect(driver.name).toBe(bench.storage.driver.name)
    expect(candidates.at(-1)).toEqual({ driver: driver.name, reason: undefined })
    for (const { reason } of candidates.slice(0, -1)) expect(reason).toContain(bench.root)
  })

  test('the article: a server under load is forked, both go on by themselves, and the load meets no error', async () => {
    await retellArticle(bench.source, bench.fork, { clients: 4, rate: transactionsPerSecond })
    await bench.expectNothingLeft()
  })

  test('a fork outlives a reboot: started again, its clones are mounted again', async () => {
    await using made = await bench.fork({ name: 'rebooted' })
    await query(made, 'CREATE TABLE kept AS SELECT 7 AS id')
    await made.stop()
    const paths = (await bench.listItems()).flatMap(({ path }) => path ?? [])
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) await bench.storage.shutDown(path)
    const again = await openFork('rebooted', bench.options)
    await again.start()
    expect(await query(again, 'SELECT id FROM kept')).toEqual([{ id: 7 }])
  })
}

function testConsistency(title: string, bench: GuestWorkbench): void {
  test(`each of ${count} forks under load, with a tablespace on another volume, holds what was acknowledged`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    const { source, root } = bench
    await using elsewhere = await bench.storage.createVolume()
    await createTablespace(source, 'elsewhere', join(elsewhere.path, 'space'))
    await source.query('CREATE TABLE there (id int) TABLESPACE elsewhere; INSERT INTO there VALUES (1)')
    await createPgbenchTables(source, 1)
    {
      await using load = await startPgbench(source, { clients: 4, rate: transactionsPerSecond })
      await using oracle = await startOracle(source, {
        writers: 2,
        payloadBytes: 200,
        pauseMs: 2000 / transactionsPerSecond,
      })
      for (let repetition = 1; repetition <= count; repetition++) {
        const acknowledged = oracle.acknowledged()
        await using made = await bench.fork()
        const issued = oracle.issued()
        const times = made.steps.map(({ name, milliseconds }) => `${name} ${Math.round(milliseconds)}`).join(', ')
        console.info(`${title}, fork ${repetition} under load, ms: ${times}`)
        await expectHolds(made, acknowledged, issued, expectBalanced)
        await query(made, 'INSERT INTO there VALUES (2); DROP TABLE pgbench_history')
        expect(await source.query('SELECT id FROM there')).toEqual([{ id: 1 }])
      }
      await oracle.stop()
      await load.stop()
    }
    await bench.expectNothingLeft(root)
    await bench.expectNothingLeft(elsewhere.path)
    await source.query('DROP TABLE there')
    await source.query('DROP TABLESPACE elsewhere')
  })
}

function testLoss(bench: GuestWorkbench): void {
  test('a fork whose state directory was lost, and its clones unmounted, is found in storage, started and destroyed', async () => {
    const lost = await makeWorkFolder('state')
    await chmod(lost, 0o700)
    const made = await bench.fork({ name: 'lost', stateDirectory: lost, lifetime: 'persistent' })
    await query(made, 'CREATE TABLE kept AS SELECT 7 AS id')
    await made.stop()
    await rm(lost, { recursive: true })
    const options = { ...bench.options, path: bench.source.dataDirectory }
    const [foreign] = await rebuildState({ ...options, dryRun: true })
    expect(foreign).toMatchObject({ kind: 'fork', name: 'lost', outcome: 'foreign', identity: expect.any(String) })
    const identity = foreign?.identity ?? ''
    expect(await rebuildState({ ...options, identity, dryRun: true })).toMatchObject([
      { name: 'lost', outcome: 'listed', isFinished: true },
    ])
    for (const path of (await bench.listItems()).flatMap((item) => item.path ?? [])) await bench.storage.shutDown(path)
    expect(await rebuildState({ ...options, identity })).toMatchObject([
      { name: 'lost', outcome: 'rebuilt', isFinished: true },
    ])
    const found = await openFork('lost', bench.options)
    expect(found).toMatchObject({ port: made.port, timeline: made.timeline, dataDirectory: made.dataDirectory })
    await found.start()
    expect(await query(found, 'SELECT id FROM kept')).toEqual([{ id: 7 }])
    await found.destroy()
    await bench.expectNothingLeft()
  })
}
