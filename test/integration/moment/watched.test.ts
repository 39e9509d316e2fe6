import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFork, listChanges, recordHistory, removeHistory } from '@pgfork/core'
import { expect, test } from 'vitest'
import { isRoot, nobody, startWatching } from '../../support/attacker/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', { settings: { autovacuum: 'off' } }, (bench) => {
  test.skipIf(!isRoot)(
    'H29, H79: another user who watches all the time gets at no WAL, no file, no socket and no secret of a history, the server that replays and the fork',
    async () => {
      const { source, storage, stateDirectory } = bench
      const history = { source: source.dataDirectory, ...bench.options }
      await source.query('CREATE TABLE orders (id int, filler text)')
      // What everybody may read, he finds.
      const open = join(storage.path, '0'.repeat(24))
      await writeFile(open, 'open', { mode: 0o644 })
      await using watcher = await startWatching(nobody, [storage.path, stateDirectory], [tmpdir(), '/run'])
      try {
        await recordHistory({ ...history, keep: '10x1s' })
        const [from] = await source.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at')
        // More than the fork's buffers, so that a server of its own replays it.
        for (let round = 0; round < 3; round++)
          await source.query(`INSERT INTO orders SELECT ${round}, repeat('x', 500) FROM generate_series(1, 4000)`)
        const [row] = await source.query<{ at: string }>('SELECT pg_current_wal_insert_lsn()::text AS at')
        await source.query('DELETE FROM orders')
        await recordHistory({ ...history, keep: '10x1s' })
        const fork = await createFork({ ...history, at: row?.at ?? '', settings: { shared_buffers: '1MB' } })
        expect(fork.steps.map(({ name }) => name)).toContain('replay')
        expect(await query(fork, 'SELECT count(*)::int AS rows FROM orders')).toEqual([{ rows: 12_000 }])
        let told = 0
        for await (const { tables } of listChanges({ ...history, from: from?.at ?? '' })) told += tables.length
        expect(told).toBeGreaterThan(3)
        await fork.destroy()
      } finally {
        await removeHistory(history)
        await rm(open)
      }
      const { rounds, looked, got } = await watcher.stop()
      expect(got).toEqual([`file ${open}`])
      expect(rounds).toBeGreaterThan(2)
      expect(looked).toBeGreaterThan(100)
    },
  )
})
