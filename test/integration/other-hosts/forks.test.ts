import { listSnapshots, PgforkError } from '@pgfork/core'
import { expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeFar, farSource } from './far-bench.ts'

await describeFar((bench) => {
  const { count, forkFar: fork } = bench

  test('a fork of a server on another host, of which only a connection and the volume are known', async () => {
    await using made = await fork({ name: 'far' })
    expect(await count(made)).toBe(1)
    expect(made.timeline).toBe(2)
    const names = made.verification?.checks.map(({ name }) => name)
    expect(names).toContain('the source still runs')
    expect(names).toContain("the source's WAL holds nothing of the fork")
    expect(names).toContain('is not behind what its source had flushed')
    await query(made, 'INSERT INTO orders VALUES (2), (3)')
    await made.reset()
    expect(await count(made)).toBe(1)
    await using ofFork = await bench.fork({ source: made, driver: bench.b.far.driver })
    expect(await count(ofFork)).toBe(1)
    expect(new Set([1, made.timeline, ofFork.timeline]).size).toBe(3)
    expect(await bench.b.far.claims()).toHaveLength(2)
  })

  test('H135: storage that takes no writes keeps a fork from giving its timeline back, and not from making room', async () => {
    const { driver, claims } = bench.b.far
    const { claims: roomy } = driver
    if (roomy === undefined) throw new Error('There are no claims.')
    let isFull = true
    const full = {
      ...driver,
      claims: {
        ...roomy,
        async release(...given: Parameters<typeof roomy.release>) {
          if (isFull) throw new PgforkError('STORAGE_MISSING', 'It takes no writes.')
          await roomy.release(...given)
        },
      },
    }
    const made = await fork({ driver: full })
    await expect(made.destroy()).rejects.toMatchObject({ code: 'STORAGE_MISSING' })
    expect(await listSnapshots({ ...bench.options, driver: full })).toEqual([])
    const left = await runner.run('btrfs', ['subvolume', 'list', '-o', bench.storage.path])
    expect(left.stdout).not.toContain(made.name)
    expect(await claims()).toHaveLength(1)
    isFull = false
    await made.destroy()
    expect(await claims()).toEqual([])
  })

  test('H97: two hosts that fork at once have different timelines, and each gives back its own', async () => {
    const hosts = ['c', 'd'].map((host) => farSource(bench, host))
    const states = await Promise.all(hosts.map(() => makeStateDirectory()))
    try {
      const made = await Promise.all(
        hosts.map(({ far, source }, index) =>
          fork({ source: source(), driver: far.driver, stateDirectory: states[index]?.path as string }),
        ),
      )
      expect(new Set(made.map(({ timeline }) => timeline))).toEqual(new Set([2, 3]))
      expect(await bench.b.far.claims()).toHaveLength(2)
      await made[0]?.destroy()
      expect(await bench.b.far.claims()).toEqual([expect.stringMatching(new RegExp(`[.]${made[1]?.timeline}$`))])
      await made[1]?.destroy()
      expect(await bench.b.far.claims()).toEqual([])
    } finally {
      for (const state of states) await state[Symbol.asyncDispose]()
    }
  })
})
