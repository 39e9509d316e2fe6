import { setTimeout as delay } from 'node:timers/promises'
import { describeHistory, removeHistory } from '@pgfork/core'
import { afterAll, expect, test } from 'vitest'
import type { Cluster } from '../../support/cluster/index.ts'
import { expectHolds } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { expectBalanced, startLoad } from '../../support/load/index.ts'
import { type Acknowledged, type Issued, startOracle } from '../../support/oracle/index.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'
import { recordInTurn } from './describe-moments.ts'

const count = byExtent(6, 20, 200)
/** Between two of them a snapshot is taken. */
const perTick = byExtent(2, 4, 10)

interface NotedMoment {
  readonly location: string
  readonly time: string
  /** Before it, and after it. */
  readonly acknowledged: Acknowledged
  readonly issued: Issued
}

await describeOn('btrfs', { sizeMb: 8_000, settings: { wal_keep_size: '256MB' } }, (bench) => {
  const request = () => ({ source: bench.source.dataDirectory, ...bench.options })

  afterAll(() => removeHistory(request()))

  test(`H79: forks of ${count} random moments under load hold what had been acknowledged then, and nothing that began afterwards`, {
    timeout: oracleTimeoutMs,
  }, async () => {
    await using load = await startLoad(bench.source, { clients: 2, scale: 1 })
    await using oracle = await startOracle(bench.source, { writers: 4, payloadBytes: 200, pauseMs: 5 })
    const note = async (): Promise<NotedMoment> => {
      const acknowledged = oracle.acknowledged()
      const asked = await ask(bench.source)
      return { ...asked, acknowledged, issued: oracle.issued() }
    }
    await recordInTurn(request())
    const moments: NotedMoment[] = []
    for (let noted = 1; noted <= count; noted++) {
      await delay(Math.random() * 300)
      moments.push(await note())
      if (noted % perTick === 0) await recordInTurn(request())
    }
    await delay(300)
    await oracle.stop()
    await load.stop()
    expect((await describeHistory(request())).gaps).toEqual([])
    for (const [index, { location, time, acknowledged, issued }] of moments.entries()) {
      const at = index % 2 === 0 ? location : time
      await using fork = await bench.fork({ at, durability: 'throwaway' })
      await expectHolds(fork, acknowledged, issued, expectBalanced).catch((cause: Error) => {
        throw new Error(`Fork ${index + 1} of ${count}, of ${at}: ${cause.message}`, { cause })
      })
    }
  })
})

async function ask(source: Cluster): Promise<{ location: string; time: string }> {
  const [found] = await source.query<{ location: string; time: string }>(
    `SELECT pg_current_wal_insert_lsn()::text AS location,
            to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
  )
  return found as { location: string; time: string }
}
