import { expect, test } from 'vitest'
import { createStandby, waitForReplay } from '../../support/cluster/index.ts'
import { expectConsistentForks, expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { startOracle } from '../../support/oracle/index.ts'
import { query } from '../../support/query.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

const byReflinks = byExtent(3, 5, 50)
const ofStandby = byExtent(2, 3)
const byBytes = byExtent(2, 3, 50)

await describeOn('xfs', {}, (bench) => {
  test(`H4: each of ${byReflinks} forks by reflinks under load holds every commit acknowledged before it was asked for`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    await expectConsistentForks(bench, byReflinks)
  })

  test('H4: a copy of a running server is a base backup, and the source keeps nothing of it', async () => {
    const { source } = bench
    const slots = () => source.query('SELECT slot_name FROM pg_replication_slots')
    await using fork = await bench.fork()
    expect(fork.verification?.consistency).toBe('backup')
    expect(fork.timeline).toBe(2)
    expect(await slots()).toEqual([])
    expect(await query(fork, 'SELECT slot_name FROM pg_replication_slots')).toEqual([])
    await query(fork, 'CREATE TABLE written (id int)')
    await fork.reset()
    expect(await query(fork, `SELECT to_regclass('written') AS written`)).toEqual([{ written: null }])
  })

  test(`H4, H40: each of ${ofStandby} copies of a standby that replays a load is consistent`, async () => {
    const { source } = bench
    await using standby = await createStandby(source, { directory: await bench.directory('standby') })
    bench.watch(standby)
    await using oracle = await startOracle(source, { writers: 6, payloadBytes: 500 })
    for (let repetition = 1; repetition <= ofStandby; repetition++) {
      const acknowledged = oracle.acknowledged()
      await waitForReplay(source, standby)
      await using fork = await bench.fork({ source: standby.dataDirectory })
      const issued = oracle.issued()
      expect(fork.verification?.consistency).toBe('backup')
      await expectHolds(fork, acknowledged, issued)
      await query(fork, `CREATE TABLE fork_${repetition} (id int)`)
    }
    await oracle.stop()
  })

  test('a stopped server is copied as it is', async () => {
    const { source } = bench
    await source.query('CREATE TABLE left_behind (id int); INSERT INTO left_behind VALUES (1)')
    await source.stop()
    try {
      await using fork = await bench.fork()
      expect(fork.verification?.consistency).toBe('stopped')
      expect(await query(fork, 'SELECT id FROM left_behind')).toEqual([{ id: 1 }])
      await query(fork, 'DROP TABLE left_behind')
    } finally {
      await source.start()
    }
    expect(await source.query('SELECT id FROM left_behind')).toEqual([{ id: 1 }])
  })
})

await describeOn('ext4', {}, (bench) => {
  test(`H4: each of ${byBytes} forks by plain copies under load holds every commit acknowledged before it was asked for`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    await expectConsistentForks(bench, byBytes)
  })
})
