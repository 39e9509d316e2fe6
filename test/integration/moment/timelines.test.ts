import { join } from 'node:path'
import { createSnapshot } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type Cluster, promoteStandby, waitForReplay } from '../../support/cluster/index.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, upTo, write, writeMany } from './describe-moments.ts'

await describeWorkbench(
  'moments of a cluster that was promoted',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs')
    const directory = async (name: string) => join(await bench.directory(storage, `source-${name}`), 'main')
    const primary = await bench.cluster({ directory: await directory('primary'), settings: { autovacuum: 'off' } })
    await primary.query('CREATE TABLE events (id int PRIMARY KEY)')
    const standby = await bench.standby(primary, { directory: await directory('standby') })
    return { primary, standby }
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
  },
)
