import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, openFork, rebuildState } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))
  const rebuild = () => rebuildState({ ...bench.options, path: bench.source.dataDirectory })
  const recordOf = (folder: 'forks' | 'snapshots', name: string) => join(bench.stateDirectory, folder, `${name}.json`)

  test('what has records, or gets and loses them at this moment, is not found', async () => {
    await using resettable = await bench.fork({ name: 'resettable', resettable: true })
    let isDone = false
    const work = async () => {
      for (const isResettable of [false, true, false]) {
        await using fork = await bench.fork({ name: 'passing', resettable: isResettable })
        if (isResettable) await fork.reset()
      }
    }
    const working = work().finally(() => {
      isDone = true
    })
    let looks = 0
    for (; !isDone; looks++) expect(await rebuild()).toEqual([])
    await working
    expect(looks).toBeGreaterThan(3)
    await query(resettable, 'SELECT 1')
  })

  test('one record that was lost is rebuilt without a word about identity, under another name where its own is taken', async () => {
    const fork = await bench.fork({ name: 'one', resettable: true })
    await rm(recordOf('forks', 'one'))
    await rm(recordOf('snapshots', 'one'))
    await using other = await bench.fork({ name: 'one' })
    expect(await rebuild()).toMatchObject([{ name: 'one-2', outcome: 'rebuilt', isFinished: true }])
    const found = await openFork('one-2', bench.options)
    expect(found).toMatchObject({ pid: fork.pid, dataDirectory: fork.dataDirectory })
    await found.destroy()
    await query(other, 'SELECT 1')
    expect(await rebuild()).toEqual([])
    // The claims of the lost record are held for the name that another fork has got.
    await other.destroy()
    for (const garbage of await collectGarbage(bench.options))
      expect(garbage).toMatchObject({ kind: 'port', isRemoved: true })
  })

  test('whoever holds a fork goes on with it after its record was rebuilt', async () => {
    const fork = await bench.fork({ name: 'held' })
    await rm(recordOf('forks', 'held'))
    await rm(recordOf('snapshots', 'held'))
    expect(await rebuild()).toMatchObject([{ name: 'held', outcome: 'rebuilt' }])
    await fork.stop()
    await fork.start()
    await fork.destroy()
    expect(await readdir(join(bench.stateDirectory, 'forks'))).toEqual([])
    expect(await readdir(join(bench.stateDirectory, 'snapshots'))).toEqual([])
    expect(await rebuild()).toEqual([])
  })

  test('with a record that nobody understands nothing is rebuilt: it may name what is found', async () => {
    await using _fork = await bench.fork({ name: 'one' })
    const path = recordOf('forks', 'newer')
    await writeFile(path, '{ "version": 2 }')
    await expect(rebuild()).rejects.toMatchObject({ code: 'STATE_UNUSABLE', facts: { path } })
    await rm(path)
  })
})
