import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { removeHistory } from '@pgfork/core'
import { btrfs } from '@pgfork/driver-btrfs'
import { expect, test } from 'vitest'
import { type Cluster, createTablespace, type MajorVersion, majorVersions } from '../../support/cluster/index.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'
import { eventsIn, recordInTurn, sourceMaker, write } from './describe-moments.ts'

const versions: readonly MajorVersion[] = byExtent<readonly MajorVersion[]>(['18'], majorVersions)

await describeWorkbench(
  'what recovery does on the way to a moment',
  ['btrfs'],
  async (bench) => {
    const storage = await bench.storage('btrfs', byExtent(4_000, 12_000))
    const sources = new Map<MajorVersion, Cluster>()
    for (const version of versions) {
      const keep = Number(version) < 13 ? { wal_keep_segments: 16 } : { wal_keep_size: '256MB' }
      const make = sourceMaker(bench, storage, { ...keep, max_prepared_transactions: 5 }, version)
      sources.set(version, await make(`source-${version}`))
    }
    return { sources, space: await bench.directory(storage, 'source/space') }
  },
  (bench) => {
    for (const version of versions) {
      const ofVersion = () => {
        const source = bench.sources.get(version) as Cluster
        const request = { source: source.dataDirectory, driver: btrfs(), ...bench.options }
        return {
          source,
          request,
          forkAt: (at: string | object) => bench.fork(source, { at: at as string, driver: btrfs() }),
        }
      }
      const prepared = 'SELECT gid FROM pg_prepared_xacts'
      const databases = "SELECT datname AS name FROM pg_database WHERE datname IN ('old', 'made') ORDER BY datname"

      test(`H79, PostgreSQL ${version}: a transaction that was prepared before the moment, and ended after it`, async () => {
        const { source, request, forkAt } = ofVersion()
        await recordInTurn(request)
        await source.query("BEGIN; INSERT INTO events VALUES (1); PREPARE TRANSACTION 'one'")
        const [begun] = await source.query<{ transaction: string }>(
          'SELECT transaction::text AS transaction FROM pg_prepared_xacts',
        )
        const transaction = begun?.transaction ?? ''
        const between = await write(source, 2)
        // From the second snapshot on, it is in its files.
        await source.query('CHECKPOINT')
        await recordInTurn(request)
        const later = await write(source, 3)
        await source.query("COMMIT PREPARED 'one'")
        await write(source, 4)
        for (const [at, events] of [
          [between.after.location, [2]],
          [later.after.location, [2, 3]],
          [{ before: transaction }, [2, 3]],
        ] as const) {
          await using fork = await forkAt(at)
          expect(await eventsIn(fork)).toEqual(events)
          expect(await query(fork, prepared)).toEqual([{ gid: 'one' }])
          await query(fork, "COMMIT PREPARED 'one'")
          expect(await eventsIn(fork)).toEqual([1, ...events])
        }
        await using after = await forkAt({ after: transaction })
        expect(await eventsIn(after)).toEqual([1, 2, 3])
        expect(await query(after, prepared)).toEqual([])
        expect(after.moment?.lastCommit?.transaction).toBe(Number(transaction))
        await removeHistory(request)
      })

      test(`H1, H79, PostgreSQL ${version}: databases that were made and dropped, and a tablespace that was dropped`, async () => {
        const { source, request, forkAt } = ofVersion()
        const directory = join(bench.space, `of-${version}`)
        await createTablespace(source, 'going', directory)
        await source.query('CREATE TABLE far TABLESPACE going AS SELECT 1 AS id')
        await source.query('CREATE DATABASE old')
        await source.query('CHECKPOINT')
        await recordInTurn(request)
        await source.query('CREATE DATABASE made')
        const both = await write(source, 10)
        await source.query('DROP DATABASE old')
        await source.query('DROP TABLE far')
        const dropped = await write(source, 11)
        await source.query('DROP TABLESPACE going')
        const gone = await write(source, 12)
        // Where the fork's own files were would be made anew.
        const outside = await readdir(directory)
        {
          await using fork = await forkAt(both.after.location)
          expect(await query(fork, databases)).toEqual([{ name: 'made' }, { name: 'old' }])
          expect(await query(fork, 'SELECT id FROM far')).toEqual([{ id: 1 }])
        }
        // The next transaction is the removal, whose directory goes before it is committed (H104).
        const removal = Number(dropped.transaction) + 1
        const isThere = { isThere: true, files: 1 }
        for (const [at, tablespaces] of [
          [dropped.after.location, [isThere]],
          [{ before: removal }, [isThere]],
          [{ after: removal }, []],
          [gone.after.location, []],
        ] as const) {
          await using fork = await forkAt(at)
          expect(await query(fork, databases)).toEqual([{ name: 'made' }])
          expect(await query(fork, "SELECT FROM pg_class WHERE relname = 'far'")).toEqual([])
          expect(
            await query(
              fork,
              `SELECT (pg_stat_file('pg_tblspc/' || oid)).isdir AS "isThere", (SELECT count(*)::int FROM pg_ls_dir('pg_tblspc/' || oid)) AS files
               FROM pg_tablespace WHERE spcname = 'going'`,
            ),
          ).toEqual(tablespaces)
        }
        expect(await readdir(directory)).toEqual(outside)
        await source.query('DROP DATABASE made')
        await removeHistory(request)
      })
    }
  },
)
