import { afterEach, expect, test } from 'vitest'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

/** More than a fork has room for, which has fewer connections than its source (H28). */
const locks = 40_000
const settings = { max_connections: 1000, max_prepared_transactions: 5, autovacuum: 'off' }

await describeOn('btrfs', { settings }, (bench) => {
  const prepare = (name: string) =>
    bench.source.query(
      `BEGIN; SELECT count(pg_advisory_xact_lock(n)) FROM generate_series(1, ${locks}) n; PREPARE TRANSACTION '${name}'`,
    )

  const held = async (server: Parameters<typeof query>[0]): Promise<unknown> => {
    const [found] = await query(
      server,
      `SELECT (SELECT count(*)::int FROM pg_prepared_xacts) AS transactions,
              (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory') AS locks`,
    )
    return found
  }

  afterEach(async () => {
    for (const { gid } of await bench.source.query<{ gid: string }>('SELECT gid FROM pg_prepared_xacts'))
      await bench.source.query(`ROLLBACK PREPARED '${gid}'`)
  })

  test.each(['before', 'after'])(
    'H27: a transaction that was prepared %s the checkpoint keeps its locks',
    async (when) => {
      const { source } = bench
      if (when === 'after') await source.query('CHECKPOINT')
      await prepare('many')
      if (when === 'before') await source.query('CHECKPOINT')
      // Room for it there must be, whatever the caller says.
      const few = { max_prepared_transactions: '0', max_connections: '20', max_locks_per_transaction: '10' }
      for (const given of [{}, few]) {
        await using fork = await bench.fork({ checkpoint: false, settings: given })
        expect(await held(fork)).toEqual({ transactions: 1, locks })
        await fork.reset()
        expect(await held(fork)).toEqual({ transactions: 1, locks })
      }
      await using rolledBack = await bench.fork({ checkpoint: false, preparedTransactions: 'rollback' })
      expect(await held(rolledBack)).toEqual({ transactions: 0, locks: 0 })
    },
  )

  test('H27: so does one of a source that was stopped, or has crashed, on the timeline of its source, too', async () => {
    const { source } = bench
    await prepare('many')
    for (const end of [() => source.stop(), () => source.crash()]) {
      await end()
      try {
        for (const timeline of ['new', 'keep'] as const) {
          await using fork = await bench.fork({ timeline, source: source.dataDirectory })
          expect(await held(fork)).toEqual({ transactions: 1, locks })
        }
      } finally {
        await source.start()
      }
    }
  })

  test('without prepared transactions, the settings of a fork are what they were', async () => {
    await prepare('over')
    await bench.source.query("ROLLBACK PREPARED 'over'")
    await bench.source.query('CHECKPOINT')
    await using fork = await bench.fork({ checkpoint: false, settings: { max_prepared_transactions: '0' } })
    const [found] = await query(
      fork,
      `SELECT current_setting('max_prepared_transactions') AS prepared, current_setting('max_locks_per_transaction') AS locks`,
    )
    expect(found).toEqual({ prepared: '0', locks: '64' })
  })
})
