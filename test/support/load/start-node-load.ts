import pg from 'pg'
import type { Load, LoadOptions, LoadResult, LoadTarget, TransactionSample } from './load.ts'
import { accountsPerUnit, createPgbenchTables, tellersPerUnit } from './pgbench-tables.ts'
import { summarise } from './throughput.ts'

/** pgbench's transaction by clients of this process, for machines without pgbench. */
export async function startNodeLoad(target: LoadTarget, { clients = 4, scale }: LoadOptions = {}): Promise<Load> {
  if (scale !== undefined) await createPgbenchTables(target, scale)
  const sessions = Array.from({ length: clients }, () => new pg.Client({ ...target.connection }))
  for (const session of sessions) session.on('error', () => undefined)
  await Promise.all(sessions.map((session) => session.connect()))
  const units = Number((await sessions[0]?.query('SELECT count(*) FROM pgbench_branches'))?.rows[0].count)
  const samples: TransactionSample[] = []
  const startedMs = Date.now()
  let isStopping = false
  const runs = Promise.allSettled(sessions.map(run))
  let stopped: Promise<LoadResult> | undefined

  async function run(session: pg.Client): Promise<void> {
    try {
      while (!isStopping) {
        const begun = performance.now()
        await session.query(transaction(units))
        samples.push({ endMs: Date.now(), latencyMs: performance.now() - begun })
      }
    } finally {
      await session.end().catch(() => undefined)
    }
  }

  async function finish(): Promise<LoadResult> {
    isStopping = true
    const durationMs = Date.now() - startedMs
    const failed = (await runs).find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) throw new Error(`A client of the load failed: ${failed.reason}`, { cause: failed.reason })
    return summarise(samples, durationMs)
  }
  const stop = () => {
    stopped ??= finish()
    return stopped
  }
  return {
    kind: 'node',
    samples: async () => samples.slice(),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop().catch(() => undefined)),
  }
}

/** One round trip, so that the clients' part of the work stays small. */
function transaction(units: number): string {
  const [aid, tid, bid] = [units * accountsPerUnit, units * tellersPerUnit, units].map((count) => randomUpTo(count))
  const delta = randomUpTo(10_001) - 5_001
  return `BEGIN;
    UPDATE pgbench_accounts SET abalance = abalance + ${delta} WHERE aid = ${aid};
    SELECT abalance FROM pgbench_accounts WHERE aid = ${aid};
    UPDATE pgbench_tellers SET tbalance = tbalance + ${delta} WHERE tid = ${tid};
    UPDATE pgbench_branches SET bbalance = bbalance + ${delta} WHERE bid = ${bid};
    INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (${tid}, ${bid}, ${aid}, ${delta}, CURRENT_TIMESTAMP);
    COMMIT`
}

const randomUpTo = (count: number): number => Math.floor(Math.random() * count) + 1
