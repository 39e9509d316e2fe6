import { setTimeout as delay } from 'node:timers/promises'
import { type CreateForkOptions, describeHistory, type Fork, removeHistory, type SnapshotDriver } from '@pgfork/core'
import { expect } from 'vitest'
import type { Cluster } from '../cluster/index.ts'
import { recordInTurn } from '../fork/record-in-turn.ts'
import { expectBalanced, type Load } from '../load/index.ts'
import { type Acknowledged, type Issued, startOracle } from '../oracle/index.ts'
import type { State } from '../workbench/make-state.ts'
import { expectHolds } from './expect-consistent-forks.ts'

/** A source, and forks of it, wherever it is. */
export interface MomentBench {
  readonly source: Cluster
  readonly options: State & { readonly driver: SnapshotDriver }
  fork(options: Partial<CreateForkOptions>): Promise<Fork>
}

export interface MomentsOptions {
  /** How many moments, each of a fork of its own. */
  readonly count: number
  /** Between two snapshots. */
  readonly perTick: number
  /** Transactions that go on beside the oracle's. */
  startLoad(): Promise<Load>
  readonly writers: number
  readonly pauseMs: number
  /** Between two moments, at most. */
  readonly apartMs: number
}

interface NotedMoment {
  readonly location: string
  readonly time: string
  /** Before it, and after it. */
  readonly acknowledged: Acknowledged
  readonly issued: Issued
}

/**
 * Records a source's history while writers and pgbench work on it, notes moments in between, and forks each of them afterwards, by location and
 * by time in turn: it must hold all that had been acknowledged then, and nothing that began afterwards. The history is removed.
 */
export async function expectConsistentMoments(
  { source, options, fork }: MomentBench,
  { count, perTick, startLoad, writers, pauseMs, apartMs }: MomentsOptions,
): Promise<void> {
  const request = { source: source.dataDirectory, ...options }
  const moments: NotedMoment[] = []
  {
    await using load = await startLoad()
    await using oracle = await startOracle(source, { writers, payloadBytes: 200, pauseMs })
    await recordInTurn(request)
    for (let noted = 1; noted <= count; noted++) {
      await delay(Math.random() * apartMs)
      const acknowledged = oracle.acknowledged()
      const asked = await ask(source)
      moments.push({ ...asked, acknowledged, issued: oracle.issued() })
      if (noted % perTick === 0) await recordInTurn(request)
    }
    await delay(apartMs)
    await oracle.stop()
    await load.stop()
  }
  const { gaps, snapshots } = await describeHistory(request)
  expect(gaps).toEqual([])
  expect(snapshots).toHaveLength(1 + Math.floor(count / perTick))
  for (const [index, { location, time, acknowledged, issued }] of moments.entries()) {
    const at = index % 2 === 0 ? location : time
    await using made = await fork({ at, durability: 'throwaway' })
    await expectHolds(made, acknowledged, issued, expectBalanced).catch((cause: Error) => {
      throw new Error(`Fork ${index + 1} of ${count}, of ${at}: ${cause.message}`, { cause })
    })
  }
  await removeHistory(request)
}

async function ask(source: Cluster): Promise<{ location: string; time: string }> {
  const [found] = await source.query<{ location: string; time: string }>(
    `SELECT pg_current_wal_insert_lsn()::text AS location,
            to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
  )
  return found as { location: string; time: string }
}
