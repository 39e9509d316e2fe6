import { describeHistory, listForks, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { eventsIn, recordInTurn, snapshotOf, writeMany } from './describe-moments.ts'

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
    const request = { source: bench.source.dataDirectory, ...bench.options }
    const location = await recordAtSegmentEnd(bench)
    const known = await eventsIn(bench.source)
    // Of the next segment there may be nothing yet, or an older file that waits to be written again.
    for (const at of [location, new Date()]) {
      await using early = await bench.fork({ at })
      expect(await eventsIn(early)).toEqual(known)
    }
    await writeMany(bench.source, 100, 1)
    await using fork = await bench.fork({ at: location })
    expect(fork.moment?.location).toBe(location)
    expect(await eventsIn(fork)).toEqual(known)
    await removeHistory(request)
  })

  /** Nothing may be written between the end of a segment and the snapshot; which transactions run, the server writes every 15 seconds. */
  async function recordAtSegmentEnd({ source, options }: typeof bench): Promise<string> {
    const request = { source: source.dataDirectory, ...options }
    for (let tries = 0; tries < 5; tries++) {
      await source.query('INSERT INTO events SELECT coalesce(max(id), 0) + 1 FROM events')
      await source.query('SELECT pg_switch_wal()')
      const { snapshot } = await recordInTurn(request)
      const { snapshots } = await describeHistory(request)
      const location = snapshots.find(({ name }) => name === snapshot)?.location ?? ''
      if (/000000$/.test(location)) return location
    }
    throw new Error('each time something was written between the end of a segment and the snapshot')
  }
})
