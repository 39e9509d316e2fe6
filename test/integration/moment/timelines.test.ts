import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type Cluster, promoteStandby, waitForReplay } from '../../support/cluster/index.ts'
import { giveToServerUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { archive, eventsIn, upTo, write, writeMany } from './describe-moments.ts'

await describeWorkbench(
  'moments of a cluster that was promoted',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    const primary = await bench.cluster({ directory: await directory('primary'), settings: { autovacuum: 'off' } })
    await primary.query('CREATE TABLE events (id int PRIMARY KEY)')
    const standby = await bench.standby(primary, { directory: await directory('standby') })
    return { primary, standby, archive: join(await bench.directory(storage, 'source/archive'), 'wal') }
  },
  (bench) => {
    const snapshotOf = (source: Cluster, name: string) =>
      createSnapshot({ source: source.dataDirectory, name, driver: btrfs(), ...bench.options })

    test('H14, H79: a snapshot of a standby leads to moments on both sides of its promotion, and siblings have timelines of their own', async () => {
      const { primary, standby } = bench
      await writeMany(primary, 1, 2)
      await waitForReplay(primary, standby)
      await using snapshot = await snapshotOf(standby, 'before-promotion')
      const [third] = await writeMany(primary, 3, 2)
      await waitForReplay(primary, standby)
      await using old = await snapshotOf(primary, 'old-primary')
      await promoteStandby(standby)
      const fifth = await write(standby, 5)
      await write(standby, 6)
      const fork = (source: typeof snapshot, at: string) => bench.fork(standby, { source, at, driver: btrfs() })

      await using before = await fork(snapshot, third?.after.location ?? '')
      expect(await eventsIn(before)).toEqual(upTo(3))
      await using after = await fork(snapshot, fifth.after.location)
      expect(await eventsIn(after)).toEqual(upTo(5))
      await using later = await fork(snapshot, fifth.before.time)
      expect(await eventsIn(later)).toEqual(upTo(4))
      expect([before.moment?.timeline, after.moment?.timeline]).toEqual([1, 2])
      expect([before.timeline, after.timeline, later.timeline]).toEqual([3, 4, 5])
      await after.reset()
      expect(await eventsIn(after)).toEqual(upTo(5))

      // The old primary goes on, where its standby's history has left it.
      const elsewhere = await write(primary, 50)
      await using ofOld = await fork(old, elsewhere.after.location)
      expect(await eventsIn(ofOld)).toEqual([...upTo(4), 50])
      expect(ofOld.moment?.timeline).toBe(1)
    })

    test('H79: a snapshot of a server that had gone on by itself leads to nothing on the timeline of its promoted standby', async () => {
      const { primary, standby } = bench
      const own = await write(primary, 60)
      await using late = await snapshotOf(primary, 'gone-on')
      await write(primary, 61)
      await standby.query(`SELECT pg_create_restore_point('on the other timeline')`)
      await write(standby, 7)
      const wal = join(standby.dataDirectory, 'pg_wal')
      const steps: string[] = []
      const asked = bench.fork(primary, {
        ...{ source: late, wal, at: { restorePoint: 'on the other timeline' }, driver: btrfs() },
        onProgress: ({ step }) => void steps.push(step),
      })
      await expect(asked).rejects.toMatchObject({ code: 'MOMENT_NOT_FOUND', step: 'moment', leftBehind: [] })
      expect(steps).not.toContain('start')
      await using fork = await bench.fork(primary, { source: late, wal, at: new Date(), driver: btrfs() })
      expect(await eventsIn(fork)).toEqual([...upTo(4), 50, own.id, 61])
      expect(fork.moment?.timeline).toBe(1)
    })

    test('H14, H79: a command of an archive is asked for the histories of timelines, and for the segments of the newest', async () => {
      const { standby, archive: folder } = bench
      await using snapshot = await snapshotOf(standby, 'on-its-own')
      const [last] = await writeMany(standby, 8, 2)
      await standby.query('SELECT pg_switch_wal()')
      await write(standby, 10)
      await archive(standby, folder)
      for (const name of await readdir(folder)) await giveToServerUser(join(folder, name))
      for (let round = 0; round < 2; round++)
        await standby.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
      const log = join(folder, '..', 'asked')
      await using fork = await bench.fork(standby, {
        ...{ source: snapshot, at: { after: last?.transaction ?? '' }, driver: btrfs() },
        wal: { restoreCommand: `echo %f >> ${log}; cp ${folder}/%f %p` },
      })
      expect(await eventsIn(fork)).toEqual(upTo(8))
      expect(fork.moment?.timeline).toBe(2)
      const names = (await readFile(log, 'utf8')).trim().split('\n')
      expect(names.slice(0, 2)).toEqual(['00000002.history', '00000003.history'])
      expect(names.slice(2).every((name) => name.startsWith('00000002'))).toBe(true)
    })
  },
)
