import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { collectGarbage, createSnapshot, rebuildState } from '@pgfork/core'
import { overlay } from '@pgfork/driver-overlay'
import { afterAll, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { forgetCollections } from '../../support/workbench/expect-nothing-left.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('ext4', {}, (bench) => {
  afterAll(() => forgetCollections(bench))

  test('H144: so is what it left of one that took all that was recorded of it', async () => {
    const { options, source, storage, stateDirectory } = bench
    const kept = await createSnapshot({ ...options, source: source.dataDirectory, name: 'kept' })
    const lost = await bench.fork({ name: 'lost', durability: 'throwaway', resettable: true })
    await lost.stop()
    for (const folder of ['forks', 'snapshots']) await writeFile(join(stateDirectory, folder, 'lost.json'), '')
    const collected = await collectGarbage(options)
    expect(collected.filter(({ isRemoved }) => !isRemoved)).toEqual([])
    expect(collected.filter(({ kind }) => kind === 'record')).toHaveLength(2)
    expect(await readdir(join(storage.path, '.pgfork'))).toEqual(['snapshots'])
    expect(await readdir(join(storage.path, '.pgfork', 'snapshots'))).toHaveLength(1)
    await kept.destroy()
  })

  test('H144: a recorded fork whose mark a power cut has emptied is no other driver’s, which would remove or adopt it', async () => {
    const { options, source, storage } = bench
    const fork = await bench.fork({ name: 'marked', lifetime: 'persistent' })
    const clones = join(storage.path, '.pgfork', 'clones')
    const [clone = ''] = await readdir(clones)
    await writeFile(join(clones, clone, 'mark.json'), '')
    expect(await rebuildState({ ...options, driver: overlay(), path: source.dataDirectory, dryRun: true })).toEqual([])
    expect(await query(fork, 'select 1 as one')).toEqual([{ one: 1 }])
    await fork.destroy()
  })

  test.each(['copy', 'overlay'])(
    'H144: what a power cut left of a fork without its record, by %s, is removed',
    async (name) => {
      const { options, source, storage, stateDirectory } = bench
      const given = { ...options, ...(name === 'overlay' ? { driver: overlay({ volatile: true }) } : {}) }
      const snapshot = await createSnapshot({ ...given, source: source.dataDirectory, name: `of-${name}` })
      const [lost, other] = [
        await bench.fork({ ...given, source: snapshot, name: `lost-${name}`, durability: 'throwaway' }),
        await bench.fork({ ...given, source: snapshot, name: `other-${name}`, durability: 'throwaway' }),
      ]
      await lost.stop()
      await writeFile(join(stateDirectory, 'forks', `${lost.name}.json`), '')
      const [first, ...rest] = await collectGarbage(given)
      expect(first).toMatchObject({ kind: 'record', name: lost.name, isRemoved: true })
      // What it held.
      expect(rest.every(({ kind, isRemoved }) => ['port', 'timeline'].includes(kind) && isRemoved)).toBe(true)
      const clones = await readdir(join(storage.path, '.pgfork', 'clones'))
      expect(clones.map((clone) => clone.split('.')[0])).toEqual([other.name])
      await other.destroy()
      await snapshot.destroy()
      expect(await readdir(storage.path)).not.toContain('.pgfork')
    },
  )
})
