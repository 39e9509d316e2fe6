import { join } from 'node:path'
import { createFork, type Fork } from '@pgfork/core'
import pg from 'pg'
import { reservePort } from '../../test/support/cluster/index.ts'
import { createPgbenchTables, type Load, startPgbench } from '../../test/support/load/index.ts'
import { waitUntil } from '../../test/support/wait-until.ts'
import { formatMs, formatRatio, formatSpread, formatSteps, formatTable, type Goal } from '../report.ts'
import { type ForkMoments, formatViews, phaseMs, type SourceView, viewSource } from '../source-view.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { promoted } from '../ways/promoted.ts'
import type { Way } from '../ways/way.ts'
import { openWorkbench, type Workbench, walBehindCheckpoint, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const mebibyte = 1024 * 1024

interface Subject {
  readonly name: string
  /** Transactions per second of the source; `full`: as many as it can. Default: none. */
  readonly load?: number | 'full'
  readonly walMegabytes?: number
  readonly durability: 'durable' | 'throwaway'
  /** Of a running fork. */
  readonly isOfFork?: boolean
  /** Of createFork. */
  readonly limitMs: number
  /** Of the source's tps while the fork is made, as a share of those before. */
  readonly leastTps?: number
  /** Of the source's p99, as a multiple of that before. */
  readonly mostP99?: number
}

const subjects: readonly Subject[] = [
  { name: 'idle, durable', durability: 'durable', limitMs: 150 },
  { name: 'idle, throwaway', durability: 'throwaway', limitMs: 110 },
  { name: 'a running fork, throwaway', durability: 'throwaway', isOfFork: true, limitMs: 80 },
  { name: '500 tps', load: 500, durability: 'durable', limitMs: 350, leastTps: 0.95, mostP99: 1.5 },
  { name: 'full load, 16 MB', load: 'full', walMegabytes: 16, durability: 'durable', limitMs: 650, leastTps: 0.6 },
  { name: 'full load, 64 MB', load: 'full', walMegabytes: 64, durability: 'durable', limitMs: 1100, leastTps: 0.6 },
]

const ways = ['by hand, promoted', 'createFork'] as const

interface Measured extends ForkMoments {
  readonly way: (typeof ways)[number]
  /** Until something that was written into the fork is committed. */
  readonly totalMs: number
  readonly steps: string
}

/** createFork beside the fastest way by hand, in turn, by what the source is doing and the WAL behind its last checkpoint. */
export const compareLoads: Section = {
  title: 'By the load of the source',
  async measure({ runs, scale, driver }, tell) {
    if (driver !== 'btrfs') return { details: 'By hand only on Btrfs.', goals: [] }
    await using bench = await openWorkbench(driver, Math.max(16_384, scale * 60))
    tell(`filling ${scale * 15} MB`)
    await createPgbenchTables(bench.source, scale)
    const rows: string[][] = []
    const goals: Goal[] = []
    const steps: string[] = []
    for (const subject of subjects) {
      const { measured, views } = await measureSubject(bench, subject, runs, tell)
      for (const way of ways) {
        const own = measured.filter((one) => one.way === way)
        if (own.length === 0) continue
        const seen = subject.load === undefined ? ['-', '-'] : formatViews(own.flatMap((one) => views.get(one) ?? []))
        rows.push([subject.name, way, formatSpread(spreadOf(own.map(({ totalMs }) => totalMs))), ...seen])
      }
      goals.push(...goalsOf(subject, measured, views))
      steps.push(`${subject.name}: ${measured.findLast(({ way }) => way === 'createFork')?.steps}`)
    }
    const head = [
      'source',
      'way',
      'until the first write, median (min - max)',
      'tps of the source before / during / after',
      'p99',
    ]
    const table = formatTable(head, rows)
    return {
      details: `${table}\n\nSteps of the last createFork of each:\n\n${steps.map((line) => `- ${line}`).join('\n')}`,
      summary: table,
      goals,
    }
  },
}

interface MeasuredSubject {
  readonly measured: readonly Measured[]
  readonly views: ReadonlyMap<Measured, SourceView>
}

async function measureSubject(
  bench: Workbench,
  subject: Subject,
  runs: number,
  tell: (line: string) => void,
): Promise<MeasuredSubject> {
  const { source, driver, stateDirectory } = bench
  const { load: rate, durability, isOfFork } = subject
  const load: Load | undefined =
    rate === undefined ? undefined : await startPgbench(source, rate === 'full' ? {} : { clients: 4, rate })
  const parent: Fork | undefined = isOfFork
    ? await createFork({ source: source.dataDirectory, driver, stateDirectory, durability })
    : undefined
  const measured: Measured[] = []
  try {
    // By hand a fork's own settings would have to be taken over.
    const tried = parent === undefined ? ways : (['createFork'] as const)
    // The first ones find nothing in memory.
    for (let run = 0; run <= runs; run++)
      for (const way of tried) {
        await watchFor(load === undefined ? 500 : phaseMs + 500)
        const calmUntilMs = Date.now()
        await source.query('CHECKPOINT')
        await untilBehind(bench, subject)
        const one = await measureOne(bench, subject, way, parent)
        if (run === 0) continue
        measured.push({ ...one, calmUntilMs })
        tell(`run ${run} of ${runs}, ${subject.name}, ${way}: ${formatMs(one.totalMs)} (${one.steps})`)
      }
    await load?.stop()
    const samples = (await load?.samples()) ?? []
    return { measured, views: new Map(measured.map((one) => [one, viewSource(samples, one)])) }
  } finally {
    await load?.[Symbol.asyncDispose]()
    await parent?.destroy()
  }
}

/** By the load alone, so that it is the same before and while the fork is made. */
async function untilBehind({ source }: Workbench, { load, walMegabytes = 0 }: Subject): Promise<void> {
  if (load !== undefined && walMegabytes === 0) return watchFor(1500)
  const isBehind = async (): Promise<boolean> => (await walBehindCheckpoint(source)) >= walMegabytes * mebibyte
  await waitUntil(isBehind, { timeoutMs: 60_000, pauseMs: 20, what: `${walMegabytes} MB of WAL` })
}

type Made = Awaited<ReturnType<Way['fork']>> & { readonly connection: pg.ClientConfig }

/** What a fork is made for. A server that has just been started takes a while to let the first one in. */
async function write(connection: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  await client.query('CREATE TABLE written ()')
  await client.end()
}

async function measureOne(
  { source, driver, path, stateDirectory }: Workbench,
  { durability, load }: Subject,
  way: Measured['way'],
  parent: Fork | undefined,
): Promise<Measured> {
  const port = await reservePort()
  const request = { source, driver, stateDirectory, target: join(path, 'by-hand'), port: port.port }
  const make: () => Promise<Made> = async () => {
    if (way !== 'createFork') {
      const made = await promoted({ checkpoint: false, isDurable: durability === 'durable' }).fork(request)
      return { ...made, connection: { ...source.connection, port: port.port } }
    }
    const fork = await createFork({ source: parent ?? source.dataDirectory, driver, stateDirectory, durability })
    return { steps: fork.steps, connection: fork.connection, remove: () => fork.destroy() }
  }
  try {
    const begunMs = Date.now()
    const startedAt = performance.now()
    const fork = await make()
    await write(fork.connection)
    const totalMs = performance.now() - startedAt
    const readyMs = Date.now()
    if (load !== undefined) await watchFor(phaseMs)
    await fork.remove()
    return { way, totalMs, begunMs, readyMs, steps: formatSteps(fork.steps) }
  } finally {
    await port.release()
  }
}

function goalsOf(subject: Subject, measured: readonly Measured[], views: MeasuredSubject['views']): Goal[] {
  const { name, limitMs, leastTps, mostP99 } = subject
  const of = (way: Measured['way']): Measured[] => measured.filter((one) => one.way === way)
  const [byHand, own] = ways.map((way) => medianOf(of(way).map(({ totalMs }) => totalMs))) as [number, number]
  const over = (ratio: (view: SourceView) => number): number =>
    medianOf(
      of('createFork')
        .flatMap((one) => views.get(one) ?? [])
        .map(ratio),
    )
  const goals: Goal[] = [{ what: `${name}: createFork`, limit: limitMs, found: own, format: formatMs }]
  if (!Number.isNaN(byHand))
    goals.push({ what: `${name}: createFork / by hand`, limit: 1.25, found: own / byHand, format: formatRatio })
  if (leastTps !== undefined)
    goals.push({
      what: `${name}: transactions before / while a fork is made`,
      limit: 1 / leastTps,
      found: over(({ before, during }) => before.tps / during.tps),
      format: formatRatio,
    })
  if (mostP99 !== undefined)
    goals.push({
      what: `${name}: p99 while a fork is made / before`,
      limit: mostP99,
      found: over(({ before, during }) => during.p99Ms / before.p99Ms),
      format: formatRatio,
    })
  return goals
}
