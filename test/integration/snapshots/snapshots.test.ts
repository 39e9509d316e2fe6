import { join } from 'node:path'
import { createFork, createSnapshot, openSnapshot, type SnapshotDriver } from '@pgfork/core'
import { beforeAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { expectNothingLeft } from '../../support/workbench/expect-nothing-left.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  beforeAll(async () => {
    await bench.source.query('CREATE TABLE origin (id int PRIMARY KEY); INSERT INTO origin VALUES (1)')
  })

  const idsIn = async (server: Parameters<typeof query>[0]) =>
    (await query<{ id: number }>(server, 'SELECT id FROM origin ORDER BY id')).map(({ id }) => id)

  test('many forks are made from one snapshot, each as of that moment, also when its source has stopped', async () => {
    const { source, options } = bench
    await using snapshot = await createSnapshot({ source: source.dataDirectory, name: 'picture', ...options })
    await source.query('INSERT INTO origin VALUES (2)')
    try {
      const [one, two] = await Promise.all([bench.fork({ source: snapshot }), bench.fork({ source: snapshot })])
      await using first = one
      await using second = two
      expect(new Set([first.timeline, second.timeline])).toEqual(new Set([2, 3]))
      await query(first, 'INSERT INTO origin VALUES (10)')
      await query(second, 'INSERT INTO origin VALUES (20)')
      await source.stop()
      await using third = await bench.fork({ source: snapshot })
      expect([await idsIn(first), await idsIn(second), await idsIn(third)]).toEqual([[1, 10], [1, 20], [1]])
      // A fork destroyed leaves the snapshot and its siblings, a reset goes back to it.
      await third.destroy()
      await first.reset()
      expect([await idsIn(first), await idsIn(second)]).toEqual([[1], [1, 20]])
    } finally {
      if (!source.isRunning()) await source.start()
      await source.query('DELETE FROM origin WHERE id = 2')
    }
    expect(await idsIn(source)).toEqual([1])
  })

  test('a snapshot tells what it is of, whoever opens it', async () => {
    const { source, options } = bench
    await using snapshot = await createSnapshot({ source: source.dataDirectory, name: 'facts', ...options })
    const [control] = await source.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    )
    const facts = {
      ...{ kind: 'snapshot', name: 'facts', drivers: ['btrfs'], copyOnWrite: true, consistency: 'atomic' },
      ...{
        dataDirectory: source.dataDirectory,
        major: Number(source.version),
        systemIdentifier: control?.id,
        timeline: 1,
      },
      isForkable: true,
      isOfHistory: false,
      isProtected: false,
    }
    expect(snapshot).toMatchObject(facts)
    expect(Math.abs(snapshot.createdAt.getTime() - Date.now())).toBeLessThan(60_000)
    const {
      protect: _p,
      unprotect: _u,
      destroy: _d,
      [Symbol.asyncDispose]: _a,
      ...plain
    } = await openSnapshot('facts', options)
    expect(plain).toEqual({ ...facts, createdAt: snapshot.createdAt })
  })

  test('a snapshot that is gone, was made anew under its name, or is of another state directory, is no source', async () => {
    const { source, options } = bench
    const make = () => createSnapshot({ source: source.dataDirectory, name: 'anew', ...options })
    const gone = { code: 'SNAPSHOT_NOT_FOUND', leftBehind: [] }
    const old = await make()
    await using state = await makeStateDirectory()
    const elsewhere = { ...options, stateDirectory: state.path }
    await expect(createFork({ source: old, ...elsewhere })).rejects.toMatchObject({
      ...gone,
      facts: { folder: join(state.path, 'snapshots') },
    })
    await using fork = await bench.fork({ source: old, name: 'of-old' })
    await old.destroy()
    await expect(bench.fork({ source: old })).rejects.toMatchObject(gone)
    await using snapshot = await make()
    await expect(bench.fork({ source: old })).rejects.toMatchObject(gone)
    // Nor does a reset go back to another one.
    await expect(fork.reset()).rejects.toMatchObject(gone)
    expect(await idsIn(fork)).toEqual([1])
    await using later = await bench.fork({ source: snapshot })
    expect(await idsIn(later)).toEqual([1])
    for (const forged of [{ ...snapshot, createdAt: 'today' }, { ...snapshot, name: '../anew' }, { kind: 'snapshot' }])
      await expect(bench.fork({ source: forged as never })).rejects.toMatchObject({
        code: expect.stringMatching(/INVALID_(OPTION|NAME)/),
      })
  })

  test('H76: a fork of a snapshot that is removed while it is cloned is not handed out: files may be missing', async () => {
    const { source, options } = bench
    const snapshot = await createSnapshot({ source: source.dataDirectory, name: 'removed', ...options })
    const { driver } = options
    const meddling: SnapshotDriver = {
      ...driver,
      clone: async (...parameters) => {
        await driver.clone(...parameters)
        await snapshot.destroy()
      },
    }
    const made = bench.fork({ source: snapshot, driver: meddling })
    await expect(made).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND', step: 'clone', leftBehind: [] })
    await expectNothingLeft(bench)
  })
})
