import { listForks } from '@pgfork/core'
import { expect, test } from 'vitest'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, snapshotOf, upTo, writeMany } from './describe-moments.ts'

await describeOn('btrfs', { settings: { autovacuum: 'off' } }, (bench) => {
  test('H79: a fork whose own history says that it began elsewhere is none', async () => {
    await bench.source.query('CREATE TABLE events (id int PRIMARY KEY)')
    await using snapshot = await snapshotOf(bench, 'base')
    const [first] = await writeMany(bench.source, 1, 2)
    const made = bench.fork({
      ...{ source: snapshot, at: first?.after.location ?? '' },
      // Its server is right. What it wrote about itself is made to look as if it had missed the moment.
      prepare: async (client) => {
        const { rows } = await client.query<{ path: string; history: string }>(
          `SELECT current_setting('data_directory') || '/pg_wal/' || name AS path, pg_read_file('pg_wal/' || name) AS history
           FROM pg_ls_dir('pg_wal') AS name WHERE name ~ 'history$' ORDER BY name DESC LIMIT 1`,
        )
        const { path = '', history = '' } = rows[0] ?? {}
        const other = history
          .trim()
          .split('\n')
          .join(' ')
          .replace(/\t[0-9A-F]+\/[0-9A-F]+\t/, '\t0/1000028\t')
        await client.query(
          `COPY (SELECT ${client.escapeLiteral(other)}) TO ${client.escapeLiteral(path)} (FORMAT csv, QUOTE E'\\x01')`,
        )
      },
    })
    await expect(made).rejects.toMatchObject({ code: 'VERIFICATION_FAILED', step: 'verify', leftBehind: [] })
    expect(await listForks(bench.options)).toEqual([])
  })

  test("H79: where a segment has ended, the next record begins behind a page's header, and the last one ended before it", async () => {
    await using snapshot = await snapshotOf(bench, 'full')
    await writeMany(bench.source, 3, 1)
    const rows = await bench.source.query<{ location: string }>(
      'SELECT pg_current_wal_insert_lsn()::text AS location FROM pg_switch_wal()',
    )
    const { location = '' } = rows[0] ?? {}
    expect(location).toMatch(/000028$/)
    await writeMany(bench.source, 4, 1)
    await using fork = await bench.fork({ source: snapshot, at: location })
    expect(await eventsIn(fork)).toEqual(upTo(3))
  })
})
