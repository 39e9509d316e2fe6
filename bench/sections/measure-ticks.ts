import { statfs } from 'node:fs/promises'
import { describeHistory, recordHistory, removeHistory } from '@pgfork/core'
import { createPgbenchTables, percentile, startPgbench, type TransactionSample } from '../../test/support/load/index.ts'
import { formatCount, formatMs, formatTable } from '../report.ts'
import { medianOf } from '../statistics.ts'
import { openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const mebibyte = 1024 * 1024
const rate = 200
const tickMs = 60_000
/** Of a tick, in which its source may notice it. */
const afterTickMs = 1_000
/** A long load is also told in parts, which show whether it gets slower. */
const stretchMinutes = 10

interface Measured {
  readonly startedMs: number
  readonly samples: readonly TransactionSample[]
  readonly walBytes: number
  readonly storageBytes: number
  /** Of a history. */
  readonly ticks: readonly { readonly startMs: number; readonly milliseconds: number }[]
  readonly keptBytes: number
}

/** What a history that is recorded once a minute costs its source, at a steady load. */
export const measureTicks: Section = {
  title: 'A history, recorded once a minute',
  async measure({ driver, scale, minutes: minutesWith, minutesWithout }, tell) {
    const rows: string[][] = []
    for (const way of ['with', 'without'] as const) {
      const minutes = way === 'with' ? minutesWith : minutesWithout
      await using bench = await openWorkbench(driver, scale * 60 + minutes * 300)
      await createPgbenchTables(bench.source, scale)
      await bench.source.settings({ checkpoint_timeout: '5min', max_wal_size: '1GB', wal_keep_size: '256MB' })
      const measured = await measureLoad(bench, minutes, way === 'with')
      rows.push(describe(`${way}, ${minutes} min`, minutes, measured))
      if (minutes > stretchMinutes) rows.push(...describeStretches(way, measured))
      for (const row of rows) tell(row.join(' | '))
    }
    const head = [
      'a history',
      'tps',
      'p50',
      'p99',
      'p99 within 1 s of a tick',
      'longest',
      'a tick',
      'WAL',
      'kept WAL',
      'storage',
    ]
    return { details: formatTable(head, rows), goals: [] }
  },
}

async function measureLoad(bench: Workbench, minutes: number, isRecorded: boolean): Promise<Measured> {
  const { source, driver, path, stateDirectory } = bench
  const request = { source: source.dataDirectory, driver, stateDirectory }
  await source.query('CHECKPOINT')
  const before = { storage: await usedBytes(path), wal: await writtenWal(bench) }
  const load = await startPgbench(source, { clients: 4, rate })
  const ticks: { startMs: number; milliseconds: number }[] = []
  const startedMs = Date.now()
  try {
    for (let minute = 0; minute < minutes; minute++) {
      await watchFor(Math.max(0, startedMs + minute * tickMs + tickMs / 2 - Date.now()))
      if (!isRecorded) continue
      const startMs = Date.now()
      await recordHistory({ ...request, keep: '60x1min,24x1h,7x1d' })
      ticks.push({ startMs, milliseconds: Date.now() - startMs })
    }
    await watchFor(Math.max(0, startedMs + minutes * tickMs - Date.now()))
    await load.stop()
  } finally {
    await load[Symbol.asyncDispose]()
  }
  await source.query('CHECKPOINT')
  const measured = {
    startedMs,
    samples: await load.samples(),
    ticks,
    walBytes: (await writtenWal(bench)) - before.wal,
    storageBytes: (await usedBytes(path)) - before.storage,
    keptBytes: isRecorded ? (await describeHistory(request)).walBytes : 0,
  }
  if (isRecorded) await removeHistory(request)
  return measured
}

function describe(
  way: string,
  minutes: number,
  { samples, ticks, walBytes, keptBytes, storageBytes }: Measured,
): string[] {
  const near = samples.filter(({ endMs }) =>
    ticks.some(({ startMs, milliseconds }) => endMs >= startMs && endMs < startMs + milliseconds + afterTickMs),
  )
  const p = (of: readonly TransactionSample[], percent: number): string => {
    const latencies = of.map(({ latencyMs }) => latencyMs)
    const found = percentile(latencies, percent)
    return found === undefined ? '-' : formatMs(found)
  }
  const inMegabytes = (bytes: number): string => `${formatCount(bytes / mebibyte)} MB`
  return [
    ...[way, (samples.length / (minutes * 60)).toFixed(1), p(samples, 50), p(samples, 99), p(near, 99)],
    ...[p(samples, 100), ticks.length === 0 ? '-' : formatMs(medianOf(ticks.map(({ milliseconds }) => milliseconds)))],
    ...[walBytes, keptBytes, storageBytes].map(inMegabytes),
  ]
}

/** What was written is known of the whole only. */
function describeStretches(way: string, { startedMs, samples, ticks }: Measured): string[][] {
  const stretchMs = stretchMinutes * 60_000
  const last = samples.reduce((latest, { endMs }) => Math.max(latest, endMs), 0)
  const rows: string[][] = []
  for (let from = startedMs; from + stretchMs / 2 < last; from += stretchMs) {
    const isIn = (ms: number): boolean => ms >= from && ms < from + stretchMs
    const part = {
      ...{ startedMs: from, walBytes: 0, keptBytes: 0, storageBytes: 0 },
      samples: samples.filter(({ endMs }) => isIn(endMs)),
      ticks: ticks.filter(({ startMs }) => isIn(startMs)),
    }
    const name = `${way}, from minute ${(from - startedMs) / 60_000}`
    rows.push([...describe(name, stretchMinutes, part).slice(0, -3), '', '', ''])
  }
  return rows
}

/** Of a storage, the source's files and all snapshots included. */
async function usedBytes(path: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(path)
  return (blocks - bfree) * bsize
}

async function writtenWal({ source }: Workbench): Promise<number> {
  const [row] = await source.query<{ bytes: string }>("SELECT pg_current_wal_lsn() - '0/0' AS bytes")
  return Number(row?.bytes)
}
