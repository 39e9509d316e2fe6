import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  describeHistory,
  type HistoryDescription,
  listForks,
  listSnapshots,
  type Moment,
  recordHistory,
  removeHistory,
} from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import type { MajorVersion } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, recordInTurn, upTo, write, writeMany } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent(['10'], ['10', '11', '12', '13', '14', '15', '16', '17', '18'])

for (const version of versions)
  await describeOn('btrfs', { version, settings: { autovacuum: 'off' } }, (bench) => {
    const request = () => ({ source: bench.source.dataDirectory, ...bench.options })
    const record = (keep?: string) => recordInTurn(request(), keep)
    const history = (): Promise<HistoryDescription> => describeHistory(request())

    const begin = () => bench.source.query('DROP TABLE IF EXISTS events; CREATE TABLE events (id int PRIMARY KEY)')

    afterEach(() => removeHistory(request()))

    async function expectAt(at: Moment, last: number) {
      await using fork = await bench.fork({ at })
      expect(await eventsIn(fork)).toEqual(upTo(last))
      const [summary] = await listForks(bench.options)
      expect(summary?.moment).toEqual(fork.moment)
      return await baseOf(fork.name)
    }

    /** Name of the snapshot that a fork was made of. */
    async function baseOf(name: string): Promise<string> {
      const text = await readFile(join(bench.stateDirectory, 'forks', `${name}.json`), 'utf8')
      return (JSON.parse(text) as { snapshot: { name: string } }).snapshot.name
    }

    /** All its WAL fills segments of their own, which the next checkpoint of the source gives up. */
    async function writeSegments(first: number, count: number) {
      for (let id = first; id < first + count; id++) {
        await write(bench.source, id)
        await bench.source.query('SELECT pg_switch_wal()')
      }
    }

    test(`H79, PostgreSQL ${version}: moments of a recorded history, each from the newest snapshot before it`, async () => {
      const { source } = bench
      await begin()
      await writeMany(source, 1, 2)
      const first = await record()
      const [third, fourth] = await writeMany(source, 3, 2)
      const second = await record()
      const fifth = await write(source, 5)
      await source.query(`SELECT pg_create_restore_point('before the mistake')`)
      await writeMany(source, 6, 2)
      expect(await expectAt(third?.after.location ?? '', 3)).toBe(first.snapshot)
      expect(await expectAt({ before: fourth?.transaction ?? '' }, 3)).toBe(first.snapshot)
      expect(await expectAt(fifth.before.time, 4)).toBe(second.snapshot)
      expect(await expectAt({ after: fifth.transaction }, 5)).toBe(second.snapshot)
      expect(await expectAt({ restorePoint: 'before the mistake' }, 5)).toBe(second.snapshot)
      expect(await expectAt(new Date(), 7)).toBe(second.snapshot)
      const { earliest, latest, gaps, snapshots } = await history()
      expect(gaps).toEqual([])
      expect(snapshots.map(({ name, isOfHistory }) => [name, isOfHistory])).toEqual([
        [first.snapshot, true],
        [second.snapshot, true],
      ])
      expect(await expectAt(earliest?.location ?? '', 2)).toBe(first.snapshot)
      expect(await expectAt(latest?.location ?? '', 7)).toBe(second.snapshot)
      expect((await listSnapshots(bench.options)).map(({ isOfHistory }) => isOfHistory)).toEqual([true, true])
    })

    test(`H79, PostgreSQL ${version}: a fork made in between, with its checkpoint, makes no gap`, async () => {
      const { source } = bench
      await begin()
      await record()
      await writeSegments(1, 3)
      const moment = await write(source, 4)
      // 10 also keeps the WAL of the checkpoint before the last.
      for (let round = 0; round < 2; round++) {
        await using fork = await bench.fork({ checkpoint: true })
        expect(await eventsIn(fork)).toHaveLength(4)
        await source.query('SELECT pg_switch_wal()')
      }
      await write(source, 5)
      await record()
      expect((await history()).gaps).toEqual([])
      await using fork = await bench.fork({ at: moment.before.location })
      expect(await eventsIn(fork)).toEqual(upTo(3))
      await fork.reset()
      expect(await eventsIn(fork)).toEqual(upTo(3))
    })

    for (const [what, others] of [
      ['the rest of a segment', 0],
      ['several segments', 3],
    ] as const)
      test(`H79, PostgreSQL ${version}: ${what} that the source gave up before it was kept is a gap, told with both its ends`, async () => {
        const { source } = bench
        await begin()
        await write(source, 1)
        await record()
        await writeSegments(2, others)
        const lost = await write(source, 2 + others)
        for (let round = 0; round < 2; round++)
          await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
        await write(source, 3 + others)
        await record()
        const { gaps } = await history()
        expect(gaps).toHaveLength(1)
        const [{ from, to } = { from: undefined, to: undefined }] = gaps
        const steps: string[] = []
        const asked = bench.fork({ at: lost.after.location, onProgress: ({ step }) => void steps.push(step) })
        await expect(asked).rejects.toMatchObject({
          code: 'MOMENT_NOT_COVERED',
          leftBehind: [],
          facts: { nearestBefore: from, nearestAfter: to },
        })
        expect(steps).not.toContain('clone')
        await expectAt(from?.location ?? '', 1)
        await expectAt(to?.location ?? '', 3 + others)
      })

    test(`H55, PostgreSQL ${version}: what no rule keeps goes, and the WAL that no snapshot needs`, async () => {
      await begin()
      const first = await record()
      await writeSegments(1, 3)
      await record()
      const before = await history()
      await writeSegments(4, 3)
      await write(bench.source, 7)
      // The youngest week has one.
      const last = await record('1x1w')
      expect(last.removedSnapshots).toContain(first.snapshot)
      expect(last.removedSegments).toBeGreaterThan(2)
      const after = await history()
      expect(after.snapshots.map(({ name }) => name)).toEqual([last.snapshot])
      expect(after.walSegments).toBeLessThan(before.walSegments + 3)
      expect(after.walBytes).toBeGreaterThan(0)
      // What its snapshot needs first is kept, whether or not the source still has it.
      const [needed] = await bench.source.query<{ name: string }>('SELECT pg_walfile_name($1::pg_lsn) AS name', [
        after.earliest?.location,
      ])
      expect(await readdir(after.walDirectory)).toContain(needed?.name)
      expect(after.advisedWalKeepBytes).toBeGreaterThan(5 * 16 * 1024 * 1024)
      await expectAt(new Date(), 7)
      await expect(bench.fork({ at: before.earliest?.location ?? '' })).rejects.toMatchObject({
        code: 'MOMENT_NOT_COVERED',
        facts: { nearestBefore: undefined, nearestAfter: after.earliest },
      })
    })

    test(`H103, PostgreSQL ${version}: what leads to moments between two snapshots of one period stays, at the beginning and behind a gap`, async () => {
      const { source } = bench
      const keep = '2x1w'
      await begin()
      const first = await record(keep)
      const mistake = await write(source, 1)
      const second = await record(keep)
      expect(second).toMatchObject({ removedSnapshots: [], removedSegments: 0 })
      expect((await record(keep)).removedSnapshots).toEqual([second.snapshot])
      expect(await expectAt(mistake.before.location, 0)).toBe(first.snapshot)
      await writeSegments(2, 3)
      for (let round = 0; round < 2; round++)
        await source.query('SELECT txid_current(); SELECT pg_switch_wal(); CHECKPOINT')
      const behindGap = await record(keep)
      const fifth = await write(source, 5)
      await record(keep)
      expect((await record(keep)).removedSnapshots).toHaveLength(1)
      expect(await expectAt(fifth.before.location, 4)).toBe(behindGap.snapshot)
      expect((await history()).gaps).toHaveLength(1)
    })

    test(`H102, PostgreSQL ${version}: as long as a snapshot's record can't be read, the WAL stays that leads on from it`, async () => {
      await begin()
      const first = await record()
      await writeSegments(1, 3)
      const fourth = await write(bench.source, 4)
      const path = join(bench.stateDirectory, 'snapshots', `${first.snapshot}.json`)
      const good = await readFile(path)
      await writeFile(path, '{"version":2}')
      const warnings: string[] = []
      const second = await recordHistory({
        ...{ ...request(), keep: '1x1w' },
        onWarning: (text) => void warnings.push(text),
      })
      expect(second).toMatchObject({ removedSnapshots: [], removedSegments: 0 })
      expect(warnings.join()).toContain(first.snapshot)
      await writeFile(path, good)
      expect(await expectAt(fourth.before.location, 3)).toBe(first.snapshot)
      const third = await record('1x1w')
      expect(third.removedSnapshots).toEqual([first.snapshot, second.snapshot])
      expect(third.removedSegments).toBeGreaterThan(2)
    })

    test(`H29, PostgreSQL ${version}: nobody else reads the kept WAL`, async () => {
      await begin()
      await record()
      const { walDirectory } = await history()
      expect((await stat(walDirectory)).mode & 0o777).toBe(0o700)
      for (const name of await readdir(walDirectory))
        expect((await stat(join(walDirectory, name))).mode & 0o077).toBe(0)
    })
  })
