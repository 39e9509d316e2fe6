import { relative } from 'node:path'
import process from 'node:process'
import {
  collectGarbage,
  createFork,
  createSnapshot,
  listForks,
  listSnapshots,
  openFork,
  openSnapshot,
  recordHistory,
  removeHistory,
} from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('a protected fork is neither destroyed nor collected until it is unprotected', async () => {
    const fork = await bench.fork({ name: 'protected', protect: true, timeToLiveMs: 1 })
    await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
    expect(await collectGarbage(bench.options)).toEqual([])
    await fork.unprotect()
    await fork.protect()
    await expect(fork.destroy()).rejects.toMatchObject({ code: 'FORK_PROTECTED' })
    await fork.unprotect()
    await fork.destroy()
    expect(await listForks(bench.options)).toEqual([])
  })

  test('a protected snapshot is not destroyed until it is unprotected, and one of a history goes by its rules', async () => {
    const source = bench.source.dataDirectory
    const snapshot = await createSnapshot({ ...bench.options, source, name: 'kept' })
    expect(snapshot.isProtected).toBe(false)
    await snapshot.protect()
    expect(await listSnapshots(bench.options)).toMatchObject([{ name: 'kept', isProtected: true }])
    await expect(snapshot.destroy()).rejects.toMatchObject({ code: 'SNAPSHOT_PROTECTED', facts: { name: 'kept' } })
    await using fork = await bench.fork({ source: snapshot })
    await fork.destroy()
    await (await openSnapshot('kept', bench.options)).unprotect()
    await snapshot.destroy()
    const recorded = await recordHistory({ ...bench.options, source, keep: '1x1d' })
    const ofHistory = await openSnapshot(recorded.snapshot, bench.options)
    await expect(ofHistory.protect()).rejects.toMatchObject({ code: 'INVALID_OPTION' })
    await removeHistory({ ...bench.options, source })
    expect(await listSnapshots(bench.options)).toEqual([])
  })

  test('H113: a handle goes by the records that it was made by, wherever the process works and whatever its environment is by then', async () => {
    const { stateDirectory, ...options } = bench.options
    await using elsewhere = await makeStateDirectory()
    const [folder, before] = [process.cwd(), process.env.PGFORK_STATE_DIRECTORY]
    try {
      process.env.PGFORK_STATE_DIRECTORY = relative(folder, stateDirectory)
      const source = bench.source.dataDirectory
      const snapshot = await createSnapshot({ ...options, source, name: 'kept' })
      await snapshot.protect()
      const fork = await createFork({ ...options, source: snapshot, name: 'kept', protect: true })
      const opened = [await openFork('kept', options), await openSnapshot('kept', options)]
      opened.push(...(await listSnapshots(options)))
      process.chdir('/')
      process.env.PGFORK_STATE_DIRECTORY = elsewhere.path
      for (const handle of [fork, snapshot, ...opened])
        await expect(handle.destroy()).rejects.toMatchObject({
          code: expect.stringMatching(/^(FORK|SNAPSHOT)_PROTECTED$/),
        })
      await fork.reset()
      await fork.unprotect()
      await fork.destroy()
      await snapshot.unprotect()
      await snapshot.destroy()
    } finally {
      process.chdir(folder)
      if (before === undefined) delete process.env.PGFORK_STATE_DIRECTORY
      else process.env.PGFORK_STATE_DIRECTORY = before
    }
    expect([await listForks(bench.options), await listSnapshots(bench.options)]).toEqual([[], []])
  })
})
