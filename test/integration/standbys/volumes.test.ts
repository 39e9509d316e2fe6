import { join } from 'node:path'
import { btrfs } from '@pgfork/driver-btrfs'
import pg from 'pg'
import { expect, test } from 'vitest'
import { type Cluster, createTablespace, waitForReplay } from '../../support/cluster/index.ts'
import { moveWal } from '../../support/cluster/move-wal.ts'
import { startSpreadOracle } from '../../support/consistency/spread-oracle.ts'
import { withHooks } from '../../support/fork/with-hooks.ts'
import { checkFork, expectConsistent } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { describeWorkbench } from '../../support/workbench/workbench.ts'

// github.com/cloudnative-pg/cloudnative-pg/issues/11383: snapshots of a standby whose WAL and tablespaces lie on volumes of
// their own came up corrupted, some of them unnoticed. Its control file was captured with the first volume, so that recovery
// stopped before pages that a volume captured later had already.
await describeWorkbench(
  'a standby with volumes of its own for WAL and a tablespace',
  ['btrfs'],
  async (bench) => {
    const [first, second] = [await bench.storage('btrfs'), await bench.storage('btrfs')]
    const directory = join(await bench.directory(first, 'source'), 'primary')
    // Few buffers, so that changed pages reach the files all the time.
    const settings = { shared_buffers: '1MB', max_wal_size: '64MB', hot_standby: 'on' }
    const primary = await bench.cluster({ directory, settings })
    await createTablespace(primary, 'space', join(await bench.directory(first, 'source/space'), 'files'))
    // Its tablespace becomes a folder beside it: on the same file system, and on another volume.
    const standby = await bench.standby(primary, {
      directory: await bench.directory(first, 'source/standby'),
      slot: 'standby',
    })
    await moveWal(standby, join(await bench.directory(second, 'source'), 'wal'))
    return { primary, standby }
  },
  (bench) => {
    async function replay(primary: Cluster, standby: Cluster): Promise<void> {
      await waitForReplay(primary, standby)
      // Writes the standby's changed pages into its files.
      await primary.query('CHECKPOINT')
      await waitForReplay(primary, standby)
      await standby.query('CHECKPOINT')
    }

    test('H4, H40 (cloudnative-pg 11383): its forks come up right, however far it replays between two volumes', async () => {
      const { primary, standby } = bench
      await using oracle = await startSpreadOracle(primary, ['space'], 2)
      await primary.query(`CREATE TABLE churned (id int PRIMARY KEY, content text) TABLESPACE space;
        CREATE INDEX churned_content ON churned (content) TABLESPACE pg_default;
        INSERT INTO churned SELECT id, md5(id::text) FROM generate_series(1, 20000) id`)
      await waitForReplay(primary, standby)
      for (let round = 1; round <= 2; round++) {
        const between = async () => {
          await primary.query(`UPDATE churned SET content = md5(content) WHERE id % 3 = ${round};
            DELETE FROM churned WHERE id % 50 = ${round}`)
          await primary.query(
            `INSERT INTO churned SELECT id, 'new' FROM generate_series(${round}00000, ${round}05000) id`,
          )
          await replay(primary, standby)
        }
        await replay(primary, standby)
        const acknowledged = oracle.acknowledged()
        await waitForReplay(primary, standby)
        await using fork = await bench.fork(standby, {
          driver: withHooks(btrfs(), { between }),
          verify: { deep: true },
        })
        const issued = oracle.issued()
        expect(fork.verification?.consistency).toBe('backup')
        expect(fork.verification?.checks.map(({ name }) => name)).toContain(
          'indexes and tables of postgres agree (amcheck)',
        )
        const client = new pg.Client(fork.connection)
        await client.connect()
        try {
          expectConsistent(await checkFork(client, acknowledged, issued))
          await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off')
          const { rows } = await client.query(
            `SELECT (SELECT count(*) FROM churned)::int AS rows, (SELECT count(content) FROM churned WHERE content >= '')::int AS indexed`,
          )
          expect(rows[0].indexed).toBe(rows[0].rows)
        } finally {
          await client.end()
        }
        await query(fork, 'VACUUM FULL churned')
      }
      await oracle.stop()
    })

    test('a fork of a standby whose last replayed record ends a WAL segment needs no segment more', async () => {
      const { primary, standby } = bench
      await replay(primary, standby)
      await primary.query('SELECT pg_switch_wal()')
      await waitForReplay(primary, standby)
      await using fork = await bench.fork(standby, { driver: btrfs() })
      expect(await query(fork, 'SELECT count(*) > 0 AS there FROM churned')).toEqual([{ there: true }])
    })
  },
)
