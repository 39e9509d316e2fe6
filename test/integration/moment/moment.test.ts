import type { ClusterSnapshot, Moment } from '@pgfork/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, snapshotOf, upTo, type Written, writeMany } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent(['18'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

for (const version of versions) {
  const keep = Number(version) < 13 ? { wal_keep_segments: 32 } : { wal_keep_size: '512MB' }
  await describeOn('btrfs', { version, settings: { ...keep, autovacuum: 'off' } }, (bench) => {
    let snapshot: ClusterSnapshot
    let written: Written[]
    const at = (id: number) => written[id - 3] as Written

    beforeAll(async () => {
      await bench.source.query('CREATE TABLE events (id int PRIMARY KEY); CREATE TABLE precious AS SELECT 1 AS id')
      await writeMany(bench.source, 1, 2)
      snapshot = await snapshotOf(bench, 'base')
      written = await writeMany(bench.source, 3, 6)
      await bench.source.query(`SELECT pg_create_restore_point('before the mistake')`)
      await bench.source.query('DROP TABLE precious; CHECKPOINT')
      written.push(...(await writeMany(bench.source, 9, 2)))
    })

    afterAll(() => snapshot?.destroy())

    async function expectAt(moment: Moment, last: number) {
      await using fork = await bench.fork({ source: snapshot, at: moment })
      expect(await eventsIn(fork)).toEqual(upTo(last))
      await query(fork, 'INSERT INTO events VALUES (1000)')
      return fork.moment
    }

    test(`H79, PostgreSQL ${version}: by a location, which is out itself`, async () => {
      const { before } = at(6)
      const moment = await expectAt(before.location, 5)
      expect(moment).toMatchObject({
        asked: before.location,
        timeline: 1,
        lastCommit: { transaction: Number(at(5).transaction) },
        firstExcluded: { transaction: Number(at(6).transaction) },
      })
      // That of a commit, of which everything else is in the WAL before it.
      await expectAt(moment?.firstExcluded?.location ?? '', 5)
    })

    test(`H79, PostgreSQL ${version}: by a time, with any zone`, async () => {
      const { time } = at(6).before
      const moment = await expectAt(time, 5)
      expect(moment).toMatchObject({ asked: time, firstExcluded: { transaction: Number(at(6).transaction) } })
      const elsewhere = `${new Date(Date.parse(time) + 3_600_000).toISOString().slice(0, 19)}${time.slice(19, -1)}+01:00`
      expect(await expectAt(elsewhere, 5)).toEqual(moment)
      // That of a commit, to the microsecond, is in.
      await expectAt(moment?.firstExcluded?.time ?? '', 6)
    })

    test(`H79, PostgreSQL ${version}: right before and right after a transaction`, async () => {
      const { transaction } = at(7)
      await expectAt({ before: transaction }, 6)
      await expectAt({ after: BigInt(transaction) }, 7)
    })

    test(`H79, PostgreSQL ${version}: by a restore point, a moment before the DROP TABLE`, async () => {
      await using fork = await bench.fork({ source: snapshot, at: { restorePoint: 'before the mistake' } })
      expect(await eventsIn(fork)).toEqual(upTo(8))
      expect(await query(fork, 'SELECT id FROM precious')).toEqual([{ id: 1 }])
      expect(fork.timeline).toBe(2)
      await query(fork, 'DROP TABLE precious')
      await fork.reset()
      expect(await query(fork, 'SELECT id FROM precious')).toEqual([{ id: 1 }])
    })

    test(`H79, PostgreSQL ${version}: by a time after the last commit`, async () => {
      expect(await expectAt(new Date(), 10)).toMatchObject({ firstExcluded: undefined })
    })
  })
}
