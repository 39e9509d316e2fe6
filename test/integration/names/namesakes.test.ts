import { createSnapshot, openFork, openSnapshot } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('destroying a fork that used up its snapshot leaves another snapshot of that name alone', async () => {
    const fork = await bench.fork({ name: 'twin', resettable: false })
    const { dataDirectory } = bench.source
    await using snapshot = await createSnapshot({ source: dataDirectory, name: 'twin', ...bench.options })
    await fork.destroy()
    expect((await openSnapshot('twin', bench.options)).name).toBe('twin')
    await using later = await bench.fork({ source: snapshot, name: 'later' })
    expect(later.pid).toBeDefined()
  })

  test('the snapshot that was made for a fork is no snapshot of that name: removing it would take reset() from the fork', async () => {
    await using fork = await bench.fork({ name: 'owner' })
    await expect(openSnapshot('owner', bench.options)).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_FOUND' })
    await fork.reset()
  })

  test('the handle of a snapshot or fork that is gone does nothing to its namesake', async () => {
    const source = bench.source.dataDirectory
    const old = await createSnapshot({ source, name: 'again', ...bench.options })
    await old.destroy()
    await using snapshot = await createSnapshot({ source, name: 'again', ...bench.options })
    await old.destroy()
    const stale = await bench.fork({ source: snapshot, name: 'again' })
    await stale.destroy()
    await using fork = await bench.fork({ source: snapshot, name: 'again', protect: true })
    try {
      for (const action of ['start', 'reset', 'persist', 'protect', 'unprotect'] as const)
        await expect(stale[action]()).rejects.toMatchObject({ code: 'FORK_NOT_FOUND' })
      await stale.destroy()
      expect((await openFork('again', bench.options)).pid).toBe(fork.pid)
    } finally {
      await fork.unprotect()
    }
  })

  test('H57: a fork of the same name in another state directory is not touched, whether the second one is made or fails', async () => {
    await using state = await makeStateDirectory()
    const elsewhere = { name: 'same', stateDirectory: state.path }
    await using first = await bench.fork({ name: 'same' })
    const second = await bench.fork(elsewhere)
    expect(second.dataDirectory).not.toBe(first.dataDirectory)
    await second.destroy()
    const failing = {
      ...elsewhere,
      verify: () => {
        throw new Error('not wanted')
      },
    }
    await expect(bench.fork(failing)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', leftBehind: [] })
    expect(await query(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await first.reset()
  })
})
