import { cp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createSnapshot, describeHistory, recordHistory, removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type Cluster, type MajorVersion, majorVersions } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { runner } from '../../support/system/runner.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, keepAll, recordInTurn, upTo, write, writeMany } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent<readonly MajorVersion[]>(['18'], majorVersions)

await describeWorkbench(
  'what a crash takes back',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs', byExtent(4_000, 16_000))
    const make = async (name: string, version: MajorVersion, settings = {}): Promise<Cluster> => {
      const source = await bench.cluster({
        directory: join(await bench.directory(storage, `source-${name}`), 'main'),
        version,
        settings: { autovacuum: 'off', ...keepWal(version), ...settings },
      })
      await source.query('CREATE TABLE events (id int PRIMARY KEY)')
      return source
    }
    const sources = new Map<MajorVersion, Cluster>()
    for (const version of versions) sources.set(version, await make(`crashed-${version}`, version))
    // All that it commits stays in its memory for 10 s.
    return { sources, source: await make('hasty', '18', { wal_writer_delay: '10s' }) }
  },
  (bench) => {
    const request = (source: Cluster) => ({ source: source.dataDirectory, driver: btrfs(), ...bench.options })

    test('H79: a snapshot of commits that were not flushed: after a crash, WAL leads on from it all the same', async () => {
      const { source } = bench
      await recordHistory({ ...request(source), keep: keepAll })
      await write(source, 1)
      const client = await source.client()
      await client.query('SET synchronous_commit = off')
      for (let id = 100; id < 150; id++) await client.query(`INSERT INTO events VALUES (${id})`)
      const [before] = await source.query<{ inserted: string; flushed: string }>(
        'SELECT pg_current_wal_insert_lsn()::text AS inserted, pg_current_wal_flush_lsn()::text AS flushed',
      )
      expect(before?.inserted).not.toBe(before?.flushed)
      await using _snapshot = await createSnapshot({ ...request(source), name: 'hasty', checkpoint: false })
      await client.end().catch(() => {})
      await source.crash()
      await source.start()
      const survived = await eventsIn(source)
      // Longer records than those that are gone: theirs begin elsewhere.
      await source.query("SELECT pg_create_restore_point('after the crash')")
      const second = await write(source, 2)
      await write(source, 3)
      await using fork = await bench.fork(source, { at: second.after.location, driver: btrfs() })
      expect(await eventsIn(fork)).toEqual([1, 2, ...survived.slice(1)])
      expect((await describeHistory(request(source))).gaps).toEqual([])
      await removeHistory(request(source))
    })

    for (const version of versions) {
      test(`H79, PostgreSQL ${version}: crashes under load take nothing of a history back`, async () => {
        const source = bench.sources.get(version) as Cluster
        await recordHistory({ ...request(source), keep: keepAll })
        let id = 0
        for (let round = 0; round < byExtent(1, 5, 30); round++) {
          // Large and small records, in the middle of which it ends.
          const client = await source.client()
          const busy = client
            .query(
              `CREATE TABLE IF NOT EXISTS filler (text text); TRUNCATE filler;
               INSERT INTO filler SELECT repeat(md5(n::text), 30) FROM generate_series(1, 20000) n`,
            )
            .catch(() => {})
          await write(source, ++id)
          await recordInTurn(request(source))
          await write(source, ++id)
          await source.crash()
          await busy
          await client.end().catch(() => {})
          await source.start()
          await recordInTurn(request(source))
        }
        const last = await write(source, ++id)
        expect((await describeHistory(request(source))).gaps).toEqual([])
        await using fork = await bench.fork(source, { at: last.before.location, driver: btrfs() })
        expect(await eventsIn(fork)).toEqual(upTo(id - 1))
        await removeHistory(request(source))
      })

      test(`H79, PostgreSQL ${version}: what was copied before it was flushed, and is gone after a power failure, gives way to what the source wrote then`, async () => {
        const source = bench.sources.get(version) as Cluster
        await source.query('TRUNCATE events')
        await source.query('CHECKPOINT')
        await recordHistory({ ...request(source), keep: keepAll })
        await source.crash()
        const [kept, saved] = [`${source.dataDirectory}.gone`, `${source.dataDirectory}.saved`]
        await runner.run('cp', ['-a', '--reflink=auto', source.dataDirectory, saved])
        await source.start()
        // It is copied, and its files go back to what they were.
        const [name] = await source.query<{ name: string }>('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name')
        await writeMany(source, 10, 5)
        const { walDirectory } = await describeHistory(request(source))
        await source.crash()
        await cp(join(source.dataDirectory, 'pg_wal', name?.name ?? ''), join(walDirectory, name?.name ?? ''))
        await rename(source.dataDirectory, kept)
        await rename(saved, source.dataDirectory)
        await rm(kept, { recursive: true })
        await source.start()
        await write(source, 1)
        await recordInTurn(request(source))
        const second = await write(source, 2)
        await write(source, 3)
        expect((await describeHistory(request(source))).gaps).toEqual([])
        await using fork = await bench.fork(source, { at: second.after.location, driver: btrfs() })
        expect(await eventsIn(fork)).toEqual([1, 2])
        await removeHistory(request(source))
      })
    }
  },
)

const keepWal = (version: MajorVersion) =>
  Number(version) < 13 ? { wal_keep_segments: 32 } : { wal_keep_size: '512MB' }
