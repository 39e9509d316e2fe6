import { setTimeout as delay } from 'node:timers/promises'
import {
  type CreateForkOptions,
  describeHistory,
  type Fork,
  type Moment,
  removeHistory,
  type SnapshotDriver,
} from '@pgfork/core'
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
  readonly at: Moment
  /** Before it, and after it. */
  readonly acknowledged: Acknowledged
  readonly issued: Issued
}

/**
 * Records a source's history while writers and pgbench work on it, notes moments in between, of all kinds in turn, and forks each of them
 * afterwards: it must hold all that had been acknowledged then, and nothing that began afterwards. The history is removed.
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
      const at = await noteMoment(source, noted)
      moments.push({ at, acknowledged, issued: oracle.issued() })
      if (noted % perTick === 0) await recordInTurn(request)
    }
    await delay(apartMs)
    await oracle.stop()
    await load.stop()
  }
  const { gaps, snapshots } = await describeHistory(request)
  expect(gaps).toEqual([])
  expect(snapshots).toHaveLength(1 + Math.floor(count / perTick))
  for (const [index, { at, acknowledged, issued }] of moments.entries()) {
    await using made = await fork({ at, durability: 'throwaway' })
    await expectHolds(made, acknowledged, issued, expectBalanced).catch((cause: Error) => {
      throw new Error(`Fork ${index + 1} of ${count}, of ${JSON.stringify(at)}: ${cause.message}`, { cause })
    })
  }
  await removeHistory(request)
}

const kinds: readonly ((source: Cluster, number: number) => Promise<Moment>)[] = [
  (source) => ask(source, 'pg_current_wal_insert_lsn()::text'),
  (source) => ask(source, `to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`),
  async (source, number) => {
    const restorePoint = `moment ${number}`
    await ask(source, `pg_create_restore_point('${restorePoint}')::text`)
    return { restorePoint }
  },
  async (source) => ({ after: await ask(source, 'txid_current()::text') }),
  async (source) => ({ before: await ask(source, 'txid_current()::text') }),
]

const noteMoment = (source: Cluster, number: number): Promise<Moment> =>
  (kinds[number % kinds.length] as (typeof kinds)[number])(source, number)

async function ask(source: Cluster, expression: string): Promise<string> {
  const [found] = await source.query<{ answer: string }>(`SELECT ${expression} AS answer`)
  return found?.answer ?? ''
}
