import { join } from 'node:path'
import { reservePort } from '../../test/support/cluster/index.ts'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import type { BenchOptions } from '../options.ts'
import { formatMs, formatRatio, formatSpread, formatSteps, formatTable } from '../report.ts'
import { type ForkMoments, formatViews, phaseMs, viewSource } from '../source-view.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { bareCommands } from '../ways/bare-commands.ts'
import { library } from '../ways/create-fork.ts'
import { recipe } from '../ways/recipe.ts'
import type { Step, Way } from '../ways/way.ts'
import { makeWalBehindCheckpoint, openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section, SectionResult } from './section.ts'

interface Measured extends ForkMoments {
  readonly way: Way
  readonly steps: readonly Step[]
  readonly totalMs: number
}

/** By hand without a checkpoint, by hand with one, and createFork in turn, each with the same WAL behind the last checkpoint. */
export const compareWays: Section = {
  title: 'Ways to fork a server under load',
  async measure(options, tell) {
    const { scale, runs, walBytes } = options
    // By hand there is no consistent copy of a running server without a snapshot.
    const ways = options.driver === 'btrfs' ? [recipe, bareCommands, library] : [library]
    await using bench = await openWorkbench(options.driver, Math.max(16_384, scale * 60))
    tell(`filling ${scale * 15} MB`)
    await createPgbenchTables(bench.source, scale)
    await using load = await startPgbench(bench.source, { clients: 4 })
    const measured: Measured[] = []
    for (let run = 1; run <= runs; run++)
      for (const way of ways) {
        await makeWalBehindCheckpoint(bench.source, walBytes)
        await watchFor(phaseMs + 500)
        const one = await measureWay(bench, way, `fork-${run}`)
        tell(`run ${run} of ${runs}, ${way.name}: ${formatMs(one.totalMs)} (${formatSteps(one.steps)})`)
        measured.push(one)
      }
    await load.stop()
    const samples = await load.samples()
    const views = new Map(measured.map((one) => [one, viewSource(samples, one)]))
    const rows = ways.map((way) => {
      const own = measured.filter((one) => one.way === way)
      const seen = formatViews(own.flatMap((one) => views.get(one) ?? []))
      return [way.name, formatSpread(spreadOf(own.map(({ totalMs }) => totalMs))), ...seen]
    })
    const head = ['way', 'time, median (min - max)', 'tps of the source before / during / after', 'p99']
    const shares = ways.map((way) => `${way.name}: ${formatShares(measured.filter((one) => one.way === way))}`)
    const table = formatTable(head, rows)
    return {
      details: `${table}\n\nShares of the steps (medians):\n${shares.map((line) => `- ${line}`).join('\n')}`,
      summary: table,
      goals: goalsOf(options, measured),
    }
  },
}

async function measureWay(bench: Workbench, way: Way, name: string): Promise<Measured> {
  const { source, driver, path, stateDirectory } = bench
  const port = await reservePort()
  try {
    const begunMs = Date.now()
    const startedAt = performance.now()
    const fork = await way.fork({ source, driver, stateDirectory, target: join(path, name), port: port.port })
    const totalMs = performance.now() - startedAt
    const readyMs = Date.now()
    await watchFor(phaseMs)
    await fork.remove()
    return { way, steps: fork.steps, totalMs, begunMs, readyMs }
  } finally {
    await port.release()
  }
}

function formatShares(measured: readonly Measured[]): string {
  const total = medianOf(measured.map(({ totalMs }) => totalMs))
  const names = measured[0]?.steps.map(({ name }) => name) ?? []
  const parts = names.map((name) => {
    const median = medianOf(measured.map(({ steps }) => steps.find((step) => step.name === name)?.milliseconds ?? 0))
    return `${name} ${formatMs(median)} (${Math.round((median / total) * 100)} %)`
  })
  const between = medianOf(
    measured.map(({ steps, totalMs }) => totalMs - steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
  )
  return `${parts.join(', ')}, between them ${formatMs(between)}`
}

function goalsOf({ walBytes }: BenchOptions, measured: readonly Measured[]): SectionResult['goals'] {
  const medianOfWay = (way: Way) => medianOf(measured.filter((one) => one.way === way).map(({ totalMs }) => totalMs))
  const [ofRecipe, bare, own] = [medianOfWay(recipe), medianOfWay(bareCommands), medianOfWay(library)]
  if (Number.isNaN(bare)) return []
  const wal = `${Math.round(walBytes / 1024 / 1024)} MB of WAL behind the last checkpoint`
  return [
    { what: 'createFork / by hand, with a checkpoint', limit: 1.15, found: own / bare, format: formatRatio },
    {
      what: `createFork / by hand, without a checkpoint, ${wal}`,
      limit: 0.2,
      found: own / ofRecipe,
      format: formatRatio,
    },
  ]
}
