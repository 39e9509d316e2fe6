import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStandby, waitForReplay } from '../support/cluster/index.ts'
import { query } from '../support/query.ts'
import { waitUntil } from '../support/wait-until.ts'
import { describeInGuest, type GuestStorage } from '../support/workbench/guest-workbench.ts'

/** Sources other than a plain primary. */
export async function sourceScenarios(title: string, storage: GuestStorage): Promise<void> {
  await describeInGuest(`${title}, other sources`, storage, (bench) => {
    test('a fork of a fork, and a reset of it', async () => {
      await using first = await bench.fork()
      await query(first, 'CREATE TABLE of_first AS SELECT 1 AS id')
      {
        await using second = await bench.fork({ source: first.dataDirectory, resettable: true })
        await query(second, 'UPDATE of_first SET id = 2')
        await second.reset()
        expect(await query(second, 'SELECT id FROM of_first')).toEqual([{ id: 1 }])
        await query(second, 'DROP TABLE of_first')
      }
      expect(await query(first, 'SELECT id FROM of_first')).toEqual([{ id: 1 }])
    })

    test('a standby is forked, and its place and slot stay its own', async () => {
      const { source, root } = bench
      {
        await using standby = await createStandby(source, { directory: join(root, 'standby'), slot: 'standby' })
        await waitForReplay(source, standby)
        await using made = await bench.fork({ source: standby.dataDirectory })
        expect(await query(made, 'SELECT pg_is_in_recovery() AS recovers')).toEqual([{ recovers: false }])
        expect(await source.query('SELECT active FROM pg_replication_slots')).toEqual([{ active: true }])
      }
      await bench.expectNothingLeft()
    })

    test('H41: a delayed standby keeps its delay, and its fork is newer than it shows', async () => {
      const { source, root } = bench
      {
        await using standby = await createStandby(source, { directory: join(root, 'delayed'), delayMs: 3_600_000 })
        await source.query('CREATE TABLE late AS SELECT 1 AS id')
        const [sent] = await source.query('SELECT pg_current_wal_flush_lsn()::text AS position')
        await waitUntil(
          async () =>
            (await standby.query('SELECT WHERE pg_last_wal_receive_lsn() >= $1', [sent?.position])).length > 0,
          { timeoutMs: 60_000, what: 'receipt by the standby' },
        )
        await using made = await bench.fork({ source: standby.dataDirectory })
        expect(await query(made, 'SELECT id FROM late')).toEqual([{ id: 1 }])
        expect(await standby.query(`SELECT to_regclass('late') AS late`)).toEqual([{ late: null }])
        expect(made.verification?.report).toContain(`had replayed up to ${made.verification?.sourceReplayPosition}`)
      }
      await source.query('DROP TABLE late')
      await bench.expectNothingLeft()
    })
  })
}
