import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import { type Cluster, promoteStandby, waitForReplay } from '../../support/cluster/index.ts'
import { withHooks } from '../../support/fork/with-hooks.ts'
import { query } from '../../support/query.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

await describeWorkbench(
  'a source that was promoted a moment ago',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    // The checkpoint after a promotion takes its time, as on a big server; until its end the control file names timeline 1.
    const settings = { checkpoint_completion_target: 1, checkpoint_timeout: '1h', bgwriter_lru_maxpages: 0 }
    const primary = await bench.cluster({ directory: await directory('primary'), settings })
    await primary.query(`CREATE TABLE seen (id int); INSERT INTO seen VALUES (1);
      CREATE TABLE filling AS SELECT id, repeat('x', 500) AS content FROM generate_series(1, 20000) id`)
    const standbys: Cluster[] = []
    for (const name of ['first', 'second', 'third'])
      standbys.push(await bench.standby(primary, { directory: await directory(name) }))
    return { primary, standbys: standbys as [Cluster, Cluster, Cluster] }
  },
  (bench) => {
    async function fillBuffers(standby: Cluster): Promise<void> {
      await bench.primary.query('UPDATE filling SET content = reverse(content)')
      await waitForReplay(bench.primary, standby)
    }

    const timelineOf = async (server: Parameters<typeof query>[0]): Promise<number> => {
      const rows = await query<{ file: string }>(server, 'SELECT pg_walfile_name(pg_current_wal_lsn()) AS file')
      return Number.parseInt(rows[0]?.file.slice(0, 8) ?? '', 16)
    }

    const ids = async (server: Parameters<typeof query>[0]) =>
      (await query<{ id: number }>(server, 'SELECT id FROM seen ORDER BY id')).map(({ id }) => id)

    test('H14, H40: its forks have timelines above the new one, before any checkpoint tells of that', async () => {
      const { standbys } = bench
      const [source] = standbys
      await fillBuffers(source)
      await promoteStandby(source)
      await source.query('INSERT INTO seen VALUES (2)')
      const checkpointed = 'SELECT timeline_id FROM pg_control_checkpoint()'
      {
        await using fork = await bench.fork(source, { driver: btrfs(), checkpoint: false })
        expect(await source.query(checkpointed)).toEqual([{ timeline_id: 1 }])
        expect([fork.sourceTimeline, fork.timeline, await timelineOf(fork)]).toEqual([2, 3, 3])
        expect(await ids(fork)).toEqual([1, 2])
        await using child = await bench.fork(source, { source: fork.dataDirectory, driver: btrfs(), checkpoint: false })
        expect([child.sourceTimeline, await timelineOf(child)]).toEqual([3, 4])
      }
      await source.crash()
      {
        await using fork = await bench.fork(source, { driver: btrfs() })
        expect([fork.sourceTimeline, fork.timeline, await timelineOf(fork)]).toEqual([2, 3, 3])
        expect(await ids(fork)).toEqual([1, 2])
      }
      await source.start()
      for (const driver of [btrfs(), copy()]) {
        await using fork = await bench.fork(source, { driver })
        expect([fork.sourceTimeline, fork.timeline, await timelineOf(fork)]).toEqual([2, 3, 3])
        expect(await ids(fork)).toEqual([1, 2])
      }
    })

    test('H14: a standby that is promoted between the look at it and its snapshot is forked as the primary that it became', async () => {
      const source = bench.standbys[1]
      await fillBuffers(source)
      const before = async () => {
        await promoteStandby(source)
        await source.query('INSERT INTO seen VALUES (3)')
      }
      await using fork = await bench.fork(source, { driver: withHooks(btrfs(), { before }), checkpoint: false })
      expect([fork.timeline, await timelineOf(fork), await timelineOf(source)]).toEqual([3, 3, 2])
      expect(await ids(fork)).toEqual([1, 3])
    })

    test('H4: a standby that is promoted during a base backup makes it worthless, and the fork is refused', async () => {
      const source = bench.standbys[2]
      const before = () => promoteStandby(source)
      await expect(bench.fork(source, { driver: withHooks(copy(), { before }) })).rejects.toMatchObject({
        code: 'SOURCE_CHANGED',
        hazard: 'H4',
        message: expect.stringContaining('Try again'),
      })
      await using fork = await bench.fork(source, { driver: copy() })
      expect([fork.sourceTimeline, await timelineOf(fork)]).toEqual([2, 3])
    })

    test('H14: a history that came from elsewhere, such as an archive, is above no fork', async () => {
      const { primary } = bench
      const history = join(primary.dataDirectory, 'pg_wal', '00000009.history')
      await writeFile(history, '1\t0/2000000\tno recovery target specified\n', { mode: 0o600 })
      await giveToServerUser(history)
      for (const checkpoint of [true, false]) {
        await using fork = await bench.fork(primary, { driver: btrfs(), checkpoint })
        expect([fork.timeline, await timelineOf(fork)]).toEqual([10, 10])
        await using child = await bench.fork(primary, { source: fork.dataDirectory, driver: btrfs() })
        expect([child.timeline, await timelineOf(child)]).toEqual([11, 11])
      }
      await using copied = await bench.fork(primary, { driver: copy() })
      expect([copied.timeline, await timelineOf(copied)]).toEqual([10, 10])
    })
  },
)
