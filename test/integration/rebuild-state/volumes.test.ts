import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openFork, rebuildState } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { createTablespace } from '../../support/cluster/index.ts'
import { query } from '../../support/query.ts'
import { makeStateDirectory } from '../../support/workbench/make-state-directory.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'forks over two Btrfs file systems, whose state directory was lost',
  ['btrfs'],
  async (bench) => {
    const [first, second] = [await bench.storage('btrfs'), await bench.storage('btrfs')]
    const source = await bench.cluster({ directory: join(await bench.directory(first, 'source/data'), 'main') })
    const elsewhere = join(await bench.directory(second, 'source/space'), 'files')
    await createTablespace(source, 'elsewhere', elsewhere)
    await source.query('CREATE TABLE there TABLESPACE elsewhere AS SELECT 1 AS id')
    return { source, paths: [source.dataDirectory, elsewhere] }
  },
  (bench) => {
    test('a fork is rebuilt from a path in every storage of its source, and works in its own tablespace', async () => {
      const { source, options, paths } = bench
      await using lost = await makeStateDirectory()
      await using found = await makeStateDirectory()
      const made = await bench.fork(source, {
        ...{ driver: btrfs(), stateDirectory: lost.path },
        ...{ name: 'spread', lifetime: 'persistent' },
      })
      await made.stop()
      await rm(lost.path, { recursive: true })

      const common = { ...options, driver: btrfs(), stateDirectory: found.path }
      const rebuild = (more: object) => rebuildState({ ...common, path: paths, ...more })
      const [foreign] = await rebuild({ dryRun: true })
      expect(foreign).toMatchObject({ kind: 'fork', name: 'spread', outcome: 'foreign' })
      const identity = foreign?.identity ?? ''

      // One storage alone doesn't tell of the other part: a fork without it could neither start nor be removed whole.
      for (const path of paths)
        expect(await rebuild({ identity, path })).toMatchObject([
          { name: 'spread', outcome: 'failed', reason: expect.stringContaining('Name a path in every storage') },
        ])
      expect(await rebuild({ identity })).toMatchObject([{ name: 'spread', outcome: 'rebuilt', isFinished: true }])

      await using fork = await openFork('spread', common)
      await fork.start()
      await query(fork, 'UPDATE there SET id = 2')
      expect(await source.query('SELECT id FROM there')).toEqual([{ id: 1 }])
      await fork.destroy()
      expect(await rebuild({ identity })).toEqual([])
    })
  },
)
