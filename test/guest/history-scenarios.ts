import { chmod, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describeHistory, listSnapshots, recordHistory, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import { expectConsistentMoments } from '../support/consistency/expect-consistent-moments.ts'
import { oracleTimeoutMs } from '../support/consistency/oracle-timeout.ts'
import { byExtent } from '../support/extent.ts'
import { recordInTurn } from '../support/fork/record-in-turn.ts'
import { startPgbench } from '../support/load/index.ts'
import { query } from '../support/query.ts'
import { describeInGuest, type GuestStorage } from '../support/workbench/guest-workbench.ts'

const count = byExtent(4, 4, 50)

/** Past moments on storage that only a guest has. */
export async function historyScenarios(title: string, storage: GuestStorage): Promise<void> {
  await describeInGuest(`${title}, history`, storage, (bench) => {
    const request = () => ({ source: bench.source.dataDirectory, ...bench.options })

    test('H79: what a history records is replayed with large buffers, reset, pruned, and goes as a whole', async () => {
      const { source, root } = bench
      await source.settings({ wal_keep_size: '256MB' })
      // On the source's own volume, where its blocks may be shared.
      const directory = join(root, 'kept')
      await mkdir(directory)
      await chmod(directory, 0o755)
      await source.query('CREATE TABLE events AS SELECT 1 AS id')
      await recordInTurn({ ...request(), directory })
      await source.query(
        "INSERT INTO events VALUES (2); CREATE TABLE filler AS SELECT repeat('x', 500) FROM generate_series(1, 8000)",
      )
      const [asked] = await source.query<{ location: string }>('SELECT pg_current_wal_insert_lsn()::text AS location')
      const at = asked?.location ?? ''
      await source.query('DROP TABLE events; SELECT pg_switch_wal()')
      await recordInTurn({ ...request(), directory })
      const { gaps, snapshots } = await describeHistory(request())
      expect([gaps, snapshots.length]).toEqual([[], 2])
      {
        // Less than the WAL.
        await using made = await bench.fork({ at, settings: { shared_buffers: '1MB' } })
        expect(made.steps.map(({ name }) => name)).toContain('replay')
        expect(await query(made, 'SHOW shared_buffers')).toEqual([{ shared_buffers: '1MB' }])
        const rows = [{ id: 1 }, { id: 2 }]
        expect(await query(made, 'SELECT id FROM events ORDER BY id')).toEqual(rows)
        await query(made, 'DROP TABLE events')
        await made.reset()
        expect(await query(made, 'SELECT id FROM events ORDER BY id')).toEqual(rows)
      }
      const { removedSnapshots, snapshot } = await recordHistory({ ...request(), keep: '1x1w' })
      expect([...removedSnapshots].sort()).toEqual(snapshots.map(({ name }) => name).sort())
      expect(await listSnapshots(bench.options)).toMatchObject([{ name: snapshot, isOfHistory: true }])
      await expect(bench.fork({ at })).rejects.toMatchObject({ code: 'MOMENT_NOT_COVERED', leftBehind: [] })
      await removeHistory(request())
      expect(await readdir(directory)).toEqual([])
      await bench.expectNothingLeft()
    })

    test(`H79: each of ${count} moments of a history under load holds what was acknowledged`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      const { source } = bench
      await source.settings({ wal_keep_size: '256MB' })
      await expectConsistentMoments(bench, {
        ...{ count, perTick: byExtent(2, 2, 10), writers: 2, pauseMs: 40, apartMs: 2_000 },
        startLoad: () => startPgbench(source, { clients: 2, rate: 60, scale: 1 }),
      })
      await bench.expectNothingLeft()
    })
  })
}
