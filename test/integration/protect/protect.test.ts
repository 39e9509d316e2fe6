import {
  collectGarbage,
  createSnapshot,
  listForks,
  listSnapshots,
  openSnapshot,
  recordHistory,
  removeHistory,
} from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
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
})
