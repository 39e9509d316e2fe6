import { createFork } from '@pgfork/core'
import { createPgbenchTables, type LoadTarget, startPgbench, summarise } from '../../test/support/load/index.ts'
import { firstTouch } from '../first-touch.ts'
import { formatCount, formatMs, formatSpread, formatTable } from '../report.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { isGuest, needsGuest, type StorageName, storageNames } from '../storages.ts'
import { openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

interface Figures {
  readonly forkMs: number[]
  /** Of the same writes before a fork, after it, and once more. */
  readonly touchMs: { readonly before: number[]; readonly first: number[]; readonly again: number[] }
  readonly tps: { readonly alone: number[]; readonly source: number[]; readonly fork: number[] }
}

const warmUpMs = 3000
const steadyMs = 6000

/** One storage after the other on the same disks, so that the figures compare: also the baseline without any fork. */
export const compareStorages: Section = {
  title: 'Storages',
  async measure({ runs, scale, storages = storageNames.filter((name) => isGuest || !needsGuest(name)) }, tell) {
    const rows: string[][] = []
    for (const storage of storages) {
      tell(`filling ${scale * 15} MB for ${storage}`)
      const figures = await measureStorage(storage, { runs, scale }, tell)
      rows.push([storage, ...formatFigures(figures)])
    }
    const head = [
      'storage',
      'createFork, median (min - max)',
      'writes before / first after a fork / again',
      'tps without fork',
      'tps of source + fork',
    ]
    return { details: formatTable(head, rows), goals: [] }
  },
}

async function measureStorage(
  storage: StorageName,
  { runs, scale }: { readonly runs: number; readonly scale: number },
  tell: (line: string) => void,
): Promise<Figures> {
  await using bench = await openWorkbench(storage, 6144)
  await createPgbenchTables(bench.source, scale)
  const touch = await firstTouch(bench.source)
  const figures: Figures = {
    forkMs: [],
    touchMs: { before: [], first: [], again: [] },
    tps: { alone: [], source: [], fork: [] },
  }
  for (let run = 1; run <= runs; run++) {
    await measureRun(bench, touch, figures)
    tell(`run ${run} of ${runs}, ${storage}: ${formatFigures(figures).join(', ')} (medians so far)`)
  }
  return figures
}

async function measureRun(
  { source, driver, stateDirectory }: Workbench,
  touch: () => Promise<number>,
  { forkMs, touchMs, tps }: Figures,
): Promise<void> {
  const [alone = 0] = await measureTps([source])
  tps.alone.push(alone)
  touchMs.before.push(await touch())
  const begun = performance.now()
  await using fork = await createFork({ source: source.dataDirectory, driver, stateDirectory, onWarning: () => {} })
  forkMs.push(performance.now() - begun)
  touchMs.first.push(await touch())
  touchMs.again.push(await touch())
  const [ofSource = 0, ofFork = 0] = await measureTps([source, fork])
  tps.source.push(ofSource)
  tps.fork.push(ofFork)
}

/** Full speed of 4 clients on each server, all at once, without their first seconds. */
async function measureTps(servers: readonly LoadTarget[]): Promise<number[]> {
  await using loads = {
    all: await Promise.all(servers.map((server) => startPgbench(server, { clients: 4 }))),
    async [Symbol.asyncDispose]() {
      for (const load of this.all) await load[Symbol.asyncDispose]()
    },
  }
  await watchFor(warmUpMs)
  const from = Date.now()
  await watchFor(steadyMs)
  const to = Date.now()
  await Promise.all(loads.all.map((load) => load.stop()))
  const samples = await Promise.all(loads.all.map((load) => load.samples()))
  return samples.map(
    (all) =>
      summarise(
        all.filter(({ endMs }) => endMs >= from && endMs < to),
        to - from,
      ).tps,
  )
}

function formatFigures({ forkMs, touchMs, tps }: Figures): string[] {
  const touches = [touchMs.before, touchMs.first, touchMs.again].map(medianOf)
  return [
    formatSpread(spreadOf(forkMs)),
    touches.map(formatMs).join(' / '),
    formatCount(medianOf(tps.alone)),
    [tps.source, tps.fork].map(medianOf).map(formatCount).join(' + '),
  ]
}
