import { collectGarbage, listForks } from '@pgfork/core'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('a fork whose time to live is over is garbage, although its maker lives; one without is not', async () => {
    const brief = await bench.fork({ name: 'brief', lifetime: 'persistent', timeToLiveMs: 1 })
    await using lasting = await bench.fork({ name: 'lasting', lifetime: 'persistent', timeToLiveMs: 3_600_000 })
    await waitUntil(async () => (await collectGarbage({ ...bench.options, dryRun: true })).length > 0, {
      timeoutMs: 60_000,
      what: 'the end of the time to live',
    })
    const collected = await collectGarbage(bench.options)
    expect(collected).toMatchObject([{ kind: 'fork', name: 'brief', isRemoved: true }])
    expect((await listForks(bench.options)).map(({ name }) => name)).toEqual(['lasting'])
    expect(lasting.pid).toBeDefined()
    await brief.destroy()
  })

  test('a fork that an ended process left is garbage, until another process starts it: then it goes with that one', async () => {
    const [maker, user] = await Promise.all([
      startForkProcess(bench.stateDirectory),
      startForkProcess(bench.stateDirectory),
    ])
    await using _ = user
    const { dataDirectory } = bench.source
    await maker.create({ source: dataDirectory, stateDirectory: bench.stateDirectory, name: 'left' })
    await maker.end('SIGKILL')
    const collect = (dryRun: boolean) => collectGarbage({ ...bench.options, dryRun })
    expect(await collect(true)).toMatchObject([{ kind: 'fork', name: 'left' }])
    await user.perform('start', 'left')
    expect(await collect(false)).toEqual([])
    await user.end('SIGKILL')
    expect(await collect(false)).toMatchObject([{ kind: 'fork', name: 'left', isRemoved: true }])
  })

  test('an idle fork is garbage where the caller says so; one with a session, a protected one and one of a living maker are not', async () => {
    const idle = await bench.fork({ name: 'idle', lifetime: 'persistent' })
    await using stopped = await bench.fork({ name: 'stopped', lifetime: 'persistent', protect: true })
    await stopped.stop()
    await using held = await bench.fork({ name: 'held' })
    const client = new pg.Client(idle.connection)
    await client.connect()
    const collect = () => collectGarbage({ ...bench.options, idleMs: 1 })
    await client.query('CREATE TABLE used ()')
    const { sessions, lastActiveAt } = await idle.activity()
    expect(sessions).toBe(1)
    expect(Date.now() - lastActiveAt.getTime()).toBeLessThan(60_000)
    expect(await collect()).toEqual([])
    await client.end()
    await waitUntil(async () => (await idle.activity()).sessions === 0, {
      timeoutMs: 60_000,
      what: 'the end of the session',
    })
    expect(await collectGarbage({ ...bench.options, idleMs: 3_600_000 })).toEqual([])
    expect(await collect()).toMatchObject([{ kind: 'fork', name: 'idle', isRemoved: true }])
    expect(await stopped.activity()).toMatchObject({ sessions: 0, lastActiveAt: expect.any(Date) })
    expect(held.pid).toBeDefined()
    await stopped.unprotect()
    await expect(collectGarbage({ ...bench.options, idleMs: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' })
  })
})
