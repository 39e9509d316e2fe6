import { expect, test } from 'vitest'
import { crashAndStart } from '../../support/fork/crash-and-start.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

// Commits are flushed when the WAL writer wakes up, which is after the crash.
const settings = { synchronous_commit: 'off', wal_writer_delay: '10s' }

await describeOn('btrfs', { settings }, (bench) => {
  test('H24: a subscription stays detached when the server crashes right after, where commits are not flushed', async () => {
    await bench.source.query(
      `CREATE SUBSCRIPTION sub CONNECTION 'host=192.0.2.1' PUBLICATION published WITH (connect = false)`,
    )
    // Without a promotion, behind which there is a checkpoint that may take the commit along.
    await using fork = await bench.fork({ lifetime: 'persistent', timeline: 'keep' })
    expect(fork.verification?.detachedSubscriptions).toHaveLength(1)
    await crashAndStart(fork)
    expect(await query(fork, `SELECT FROM pg_subscription WHERE subconninfo LIKE '%192.0.2.1%'`)).toEqual([])
  })

  test('H68: what prepare did stays done, where its commits are not flushed', async () => {
    await bench.source.query(`CREATE TABLE users AS SELECT 'ada@example.org' AS email`)
    let unflushed: unknown
    await using fork = await bench.fork({
      prepare: (client) => client.query(`UPDATE users SET email = 'masked'`),
      async verify(client) {
        const { rows } = await client.query('SELECT pg_current_wal_insert_lsn() - pg_current_wal_flush_lsn() AS bytes')
        unflushed = rows[0]?.bytes
      },
    })
    expect(unflushed).toBe('0')
    expect(await query(fork, 'SELECT email FROM users')).toEqual([{ email: 'masked' }])
  })
})
