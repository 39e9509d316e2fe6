import { join } from 'node:path'
import { expect, test } from 'vitest'
import { query } from '../integration/scenario/query.ts'
import { createStandby, waitForReplay } from '../support/cluster/index.ts'
import { describeInGuest, type GuestStorage } from './guest-bench.ts'

/** Sources other than a plain primary. */
export function sourceScenarios(title: string, storage: GuestStorage): void {
  describeInGuest(`${title}, other sources`, storage, (bench) => {
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
  })
}
