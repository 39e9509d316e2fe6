import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, isPgforkError, listForks, openFork, type SnapshotDriver } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { afterAll, afterEach, expect, test } from 'vitest'
import { byExtent } from '../../support/extent.ts'
import { claimedTimelines } from '../../support/fork/claimed-timelines.ts'
import { lastingFacts } from '../../support/fork/lasting-facts.ts'
import { serversOf } from '../../support/fork/servers-of.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { waitUntil } from '../../support/wait-until.ts'
import { expectNothingLeft, forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterEach(() => expectNothingLeft(bench))
  afterAll(() => forgetCollections(bench))

  /** Like `bench.fork`, by a driver that calls something in the middle of its work. */
  const meddled = (
    name: string,
    meddle: Partial<Record<'clone' | 'attach' | 'removeClone', () => Promise<unknown>>>,
  ) => {
    const { driver } = bench.options
    const meddling: SnapshotDriver = {
      ...driver,
      clone: async (...parameters) => {
        await meddle.clone?.()
        return driver.clone(...parameters)
      },
      attach: async (...parameters) => {
        await meddle.attach?.()
        return driver.attach(...parameters)
      },
      removeClone: async (...parameters) => {
        await meddle.removeClone?.()
        return driver.removeClone(...parameters)
      },
    }
    return openFork(name, { ...bench.options, driver: meddling })
  }

  const statusOf = async (name: string): Promise<string | undefined> =>
    (await listForks(bench.options)).find((fork) => fork.name === name)?.status

  test('H76: destroy() during reset() waits for its end, and nothing of the fork lives on', async () => {
    const fork = await bench.fork({ name: 'both' })
    const order: string[] = []
    let destroying: Promise<unknown> | undefined
    const resetting = await meddled('both', {
      attach: async () => {
        destroying ??= fork.destroy().then(() => order.push('destroyed'))
        // Long enough for a destroy() that doesn't wait.
        await Promise.race([destroying, expectStill(() => order.length === 0)])
      },
    })
    await resetting.reset().then(() => order.push('reset'))
    await destroying
    expect(order).toEqual(['reset', 'destroyed'])
    expect(await serversOf(fork)).toEqual([])
    await expect(resetting.reset()).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
  })

  test('H76: start() by several at once succeeds for all, and starts one server', async () => {
    await using fork = await bench.fork({ name: 'started' })
    await using other = await startForkProcess(bench.stateDirectory)
    await other.perform('open', 'started')
    for (let round = 0; round < byExtent(5, 20, 200); round++) {
      await fork.stop()
      const again = await openFork('started', bench.options)
      const [, , theirs] = await Promise.all([fork.start(), again.start(), other.perform('start', 'started')])
      expect(await serversOf(fork)).toEqual([fork.pid])
      expect([again.pid, theirs.pid]).toEqual([fork.pid, fork.pid])
    }
  })

  test('H76: a destroy() that failed is tried again while its maker lives: by its handle, by its name, by a collection', async () => {
    const options = { ...bench.options, driver: btrfs({ busyTimeoutMs: 0 }) }
    for (const how of ['handle', 'name', 'collection'] as const) {
      const fork = await bench.fork({ ...options, name: 'busy' })
      const mountPoint = join(bench.storage.path, 'mounted')
      await mkdir(mountPoint)
      // What somebody has mounted is not removed.
      await runner.run('mount', ['--bind', fork.dataDirectory, mountPoint])
      try {
        await expect(fork.destroy()).rejects.toMatchObject({ code: 'BUSY' })
        expect(await statusOf('busy')).toBe('removing')
        expect(await serversOf(fork)).toEqual([])
        const opened = await openFork('busy', options)
        for (const action of ['start', 'reset', 'persist', 'protect', 'activity'] as const)
          await expect(opened[action]()).rejects.toMatchObject({
            code: 'FORK_NOT_READY',
            facts: { status: 'removing' },
          })
        await expect(opened.destroy()).rejects.toMatchObject({ code: 'BUSY' })
        // Nobody gets its numbers before it is gone.
        expect(await claimedTimelines(bench)).toHaveLength(1)
        expect(await readdir(join(bench.stateDirectory, 'ports'))).toEqual([String(fork.port)])
      } finally {
        await runner.run('umount', [mountPoint])
        await runner.run('rmdir', [mountPoint])
      }
      if (how === 'handle') await fork.destroy()
      if (how === 'name') await (await openFork('busy', bench.options)).destroy()
      if (how === 'collection')
        expect(await collectGarbage(bench.options)).toMatchObject([{ kind: 'fork', name: 'busy', isRemoved: true }])
      await expectNothingLeft(bench)
    }
  })

  test('H76: a reset that failed takes neither a protected fork nor its only snapshot, and is tried again', async () => {
    await bench.source.query('CREATE TABLE kept AS SELECT 1 AS id')
    const fork = await bench.fork({ name: 'kept', protect: true, lifetime: 'persistent', timeToLiveMs: 60_000 })
    await bench.source.query('DROP TABLE kept')
    try {
      const before = lastingFacts(fork)
      let isBroken = true
      const opened = await meddled('kept', { clone: async () => isBroken && Promise.reject(new Error('no more')) })
      await expect(opened.reset()).rejects.toMatchObject({ step: 'clone', leftBehind: [] })
      expect(await statusOf('kept')).toBe('resetting')
      expect(opened.pid).toBeUndefined()
      for (const action of ['start', 'persist', 'activity'] as const)
        await expect(fork[action]()).rejects.toMatchObject({ code: 'FORK_NOT_READY', facts: { status: 'resetting' } })
      await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
      expect(await collectGarbage({ ...bench.options, idleMs: 0 })).toEqual([])
      // Nobody else gets its timeline or port.
      await expect(bench.fork({ port: fork.port })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
      await using sibling = await bench.fork()
      expect(sibling.timeline).not.toBe(fork.timeline)

      isBroken = false
      await (await openFork('kept', bench.options)).reset()
      expect(await statusOf('kept')).toBe('ready')
      expect(lastingFacts(await openFork('kept', bench.options))).toEqual(before)
      expect(await query(fork, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
    } finally {
      await fork.unprotect()
      await fork.destroy()
    }
  })

  test('H76: a process that is killed in the middle of a reset leaves a persistent fork that can be reset again', async () => {
    await using killed = await startForkProcess(bench.stateDirectory)
    const { dataDirectory } = bench.source
    const facts = await killed.create({ source: dataDirectory, name: 'cut', lifetime: 'persistent' })
    const reset = killed.perform('reset', 'cut').catch(() => undefined)
    await waitUntil(async () => (await statusOf('cut')) === 'resetting', {
      what: 'reset under way',
      timeoutMs: 60_000,
      pauseMs: 1,
    })
    await killed.end('SIGKILL')
    await reset
    expect(await collectGarbage(bench.options)).toEqual([])
    const fork = await openFork('cut', bench.options)
    await expect(fork.start()).rejects.toMatchObject({ code: 'FORK_NOT_READY' })
    await fork.reset()
    expect(lastingFacts(fork)).toEqual(lastingFacts(facts))
    expect(await serversOf(fork)).toEqual([fork.pid])
    await fork.destroy()
  })

  test('H76: a collection leaves what somebody is about, also when its time is over', async () => {
    const fork = await bench.fork({ name: 'late', timeToLiveMs: 1 })
    let collected: unknown
    const opened = await meddled('late', {
      attach: async () => {
        collected = await collectGarbage(bench.options)
      },
    })
    await opened.reset()
    expect(collected).toEqual([])
    expect(await serversOf(fork)).toEqual([opened.pid])
    expect(await collectGarbage(bench.options)).toMatchObject([{ name: 'late', isRemoved: true }])
  })

  test('H76: of two forks of one name that are made at once, one is made and the other is told that the name is taken', async () => {
    const outcomes = await Promise.allSettled([bench.fork({ name: 'one' }), bench.fork({ name: 'one' })])
    const [made] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const [failure] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(isPgforkError(failure, 'NAME_TAKEN')).toBe(true)
    if (made !== undefined) expect(await query(made, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await made?.destroy()
  })
})

/** That something stays true for half a second. */
async function expectStill(isTrue: () => boolean): Promise<void> {
  const until = performance.now() + 500
  while (performance.now() < until) {
    expect(isTrue()).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
