import { createFork, type HistoryOptions, isPgforkError, listChanges, recordHistory, removeHistory } from '@pgfork/core'
import type { Cluster } from '../../test/support/cluster/index.ts'
import { createPgbenchTables } from '../../test/support/load/index.ts'
import type { BenchOptions } from '../options.ts'
import { formatCount, formatMs, formatTable, type Goal } from '../report.ts'
import { medianOf } from '../statistics.ts'
import { makeWalBehindCheckpoint, openWorkbench, type Workbench, walBehindCheckpoint } from '../workbench.ts'
import type { Section } from './section.ts'

const mebibyte = 1024 * 1024

/** What the WAL is of. */
const kinds = {
  'pgbench, most of it page images': ({ source }, { walBytes }) => makeWalBehindCheckpoint(source, walBytes),
  'small transactions, no page images': ({ source }, { walBytes }) => writeSmall(source, walBytes / 2),
} as const satisfies Record<string, (bench: Workbench, options: BenchOptions) => Promise<void>>

/** Every moment that isn't there is looked for in all of the WAL. */
const unusedTransaction = 4_000_000_000

const ways = {
  'listChanges, all': async (request) => count(listChanges(request)),
  'listChanges, atLeast: 1000': async (request) => count(listChanges({ ...request, atLeast: 1000 })),
  'createFork, finding a transaction': async (request) => {
    const refusal = await createFork({ ...request, at: { before: unusedTransaction } }).catch((error: unknown) => error)
    if (!isPgforkError(refusal, 'MOMENT_NOT_FOUND')) throw refusal
    return undefined
  },
} as const satisfies Record<string, (request: HistoryOptions) => Promise<number | undefined>>

/** How fast the WAL of a history is read. */
export const readHistory: Section = {
  title: 'Reading the WAL of a history',
  async measure(options, tell) {
    const rows: string[][] = []
    const goals: Goal[] = []
    for (const [kind, write] of Object.entries(kinds)) {
      await using bench = await openWorkbench(options.driver, 2048 + (4 * options.walBytes) / mebibyte)
      const { source, driver, stateDirectory } = bench
      await createPgbenchTables(source, Math.min(options.scale, 20))
      await source.query('CHECKPOINT')
      const request: HistoryOptions = { source: source.dataDirectory, driver, stateDirectory }
      await recordHistory({ ...request, keep: '9x1s' })
      await write(bench, options)
      await recordHistory({ ...request, keep: '9x1s' })
      const megabytes = (await walBehindCheckpoint(source)) / mebibyte
      for (const [way, read] of Object.entries(ways)) {
        const times: number[] = []
        let told: number | undefined
        for (let run = 0; run < options.runs; run++) {
          const startedAt = performance.now()
          told = await read(request)
          times.push(performance.now() - startedAt)
        }
        const milliseconds = medianOf(times)
        const rate = formatCount((megabytes / milliseconds) * 1000)
        const transactions = told === undefined ? '-' : formatCount(told)
        rows.push([kind, way, formatCount(megabytes), transactions, formatMs(milliseconds), rate])
        tell(`${kind}, ${way}: ${rate} MB/s`)
        const found = (milliseconds / megabytes) * 100
        goals.push({ what: `${kind}, ${way}: time for 100 MB`, limit: 1000, found, format: formatMs })
      }
      await removeHistory(request)
    }
    return { details: formatTable(['WAL', 'way', 'MB', 'transactions', 'time', 'MB/s'], rows), goals }
  },
}

async function count(changes: AsyncIterable<unknown>): Promise<number> {
  let all = 0
  for await (const _ of changes) all++
  return all
}

/** As pgbench's, but they wait for no client and no disk. */
async function writeSmall(source: Cluster, bytes: number): Promise<void> {
  await source.query(`
    CREATE PROCEDURE work(count int) LANGUAGE plpgsql AS $$ BEGIN
      FOR i IN 1 .. count LOOP
        UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = 1 + i % 1000;
        UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = 1 + i % 10;
        INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES (1, 1, 1, 1, CURRENT_TIMESTAMP);
        COMMIT;
      END LOOP;
    END $$`)
  await source.query('CHECKPOINT')
  const client = await source.client()
  await client.query('SET synchronous_commit = off')
  while ((await walBehindCheckpoint(source)) < bytes) await client.query('CALL work(10000)')
  await client.end()
}
