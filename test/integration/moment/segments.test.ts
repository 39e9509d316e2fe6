import { join } from 'node:path'
import { type CreateForkOptions, describeHistory, listChanges, removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { copy } from '@pgfork/driver-copy'
import { expect, test } from 'vitest'
import type { Cluster, Settings } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { runner } from '../../support/system/runner.ts'
import { serverUser } from '../../support/system/server-user.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, recordInTurn, upTo, write, writeMany } from './describe-moments.ts'

interface Place {
  readonly initdbOptions?: readonly string[]
  /** The segment that it begins with: the names of those that lie behind the first 4 GB differ by the size of segments. */
  readonly begin?: string
  readonly settings?: Settings
  /** The storage of pg_wal. */
  readonly wal?: 'btrfs' | 'xfs'
}

const places: Readonly<Record<string, Place>> = {
  'segments of 1 MB': { initdbOptions: ['--wal-segsize=1'], begin: '000000010000000200000FFE' },
  'segments of 1 GB': {
    initdbOptions: ['--wal-segsize=1024'],
    begin: '000000010000000200000003',
    settings: { min_wal_size: '2GB', max_wal_size: '4GB' },
  },
  'pg_wal on another volume': { wal: 'btrfs' },
  'pg_wal on storage that copies': { wal: 'xfs' },
}

/** Each fork of 1 GB copies as much, and so does its server. */
const tried = byExtent(
  Object.keys(places).filter((what) => what !== 'segments of 1 GB'),
  Object.keys(places),
)

const segmentMegabytes: Readonly<Record<string, number>> = { 'segments of 1 MB': 1, 'segments of 1 GB': 1024 }

await describeWorkbench(
  'histories of clusters that are laid out in other ways',
  ['btrfs', 'xfs'],
  async (bench) => {
    const sources = new Map<string, Cluster>()
    const storages = { btrfs: await bench.storage('btrfs', 12_000), xfs: await bench.storage('xfs') }
    for (const [index, [what, { initdbOptions = [], settings = {}, begin, wal }]] of Object.entries(places).entries()) {
      if (!tried.includes(what)) continue
      const directory = join(await bench.directory(storages.btrfs, `source-${index}`), 'main')
      const source = await bench.cluster({
        ...{
          directory,
          initdbOptions,
          settings: { autovacuum: 'off', wal_keep_size: '64MB', ...settings },
          start: begin === undefined,
        },
        ...(wal === undefined
          ? {}
          : { walDirectory: join(await bench.directory(storages[wal], `source/wal-${index}`), 'main') }),
      })
      if (begin !== undefined) {
        const user = serverUser === undefined ? {} : { user: serverUser }
        await runner.run(join(source.binDirectory, 'pg_resetwal'), ['-l', begin, directory], user)
        await source.start()
      }
      await source.query('CREATE TABLE events (id int PRIMARY KEY)')
      sources.set(what, source)
    }
    return { sources }
  },
  (bench) => {
    for (const what of tried)
      test(`H79: ${what}`, async () => {
        const source = bench.sources.get(what) as Cluster
        const driver = [btrfs(), copy()]
        const request = { source: source.dataDirectory, driver, ...bench.options }
        const fork = (given: Partial<CreateForkOptions>) =>
          bench.fork(source, { driver, durability: 'throwaway', ...given })
        await recordInTurn(request)
        const [first] = await writeMany(source, 1, 2)
        const megabytes = segmentMegabytes[what] ?? 16
        // Records that go over pages and, of 1 MB, over segments.
        await source.query(
          `CREATE TABLE filler AS SELECT repeat(md5(n::text), 20) AS text FROM generate_series(1, 6000) n`,
        )
        if (megabytes < 1024) await source.query('SELECT pg_switch_wal()')
        const third = await write(source, 3)
        await recordInTurn(request)
        const fourth = await write(source, 4)
        await write(source, 5)
        const { gaps, latest, walSegments } = await describeHistory(request)
        expect(gaps).toEqual([])
        expect(Date.parse(latest?.time ?? '')).toBeGreaterThan(Date.parse(fourth.before.time))
        if (megabytes === 1) expect(walSegments).toBeGreaterThan(4)

        await using behind = await fork({ at: { after: third.transaction } })
        expect(await eventsIn(behind)).toEqual(upTo(3))
        expect(await query(behind, 'SELECT count(*)::int AS rows FROM filler')).toEqual([{ rows: 6000 }])
        expect(await query(behind, 'SHOW wal_segment_size')).toEqual(await source.query('SHOW wal_segment_size'))
        if (megabytes < 1024) {
          await using early = await fork({ at: first?.after.location ?? '' })
          expect(await eventsIn(early)).toEqual([1])
          await using late = await fork({ at: fourth.after.time })
          expect(await eventsIn(late)).toEqual(upTo(4))
          await query(late, 'DELETE FROM events')
          await late.reset()
          expect(await eventsIn(late)).toEqual(upTo(4))
        }

        const changed: number[] = []
        for await (const { tables } of listChanges(request))
          changed.push(tables.reduce((sum, { inserted }) => sum + inserted, 0))
        expect(changed).toEqual([1, 1, 6000, 1, 1, 1])
        await removeHistory(request)
      })
  },
)
