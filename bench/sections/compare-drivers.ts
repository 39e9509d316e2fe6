import { createFork, type Fork } from '@pgfork/core'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { formatMs, formatRatio, formatSpread, formatSteps, formatTable } from '../report.ts'
import { type ForkMoments, formatViews, phaseMs, viewSource } from '../source-view.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

interface Subject {
  readonly name: string
  readonly bench: Workbench
  readonly times: number[]
  readonly views: ReturnType<typeof viewSource>[]
}

/** Transactions per second: the same load for all. At full speed XFS takes three times what Btrfs does. */
const rate = 500

/** The same server under the same load on the storage of each driver. */
export const compareDrivers: Section = {
  title: 'Drivers',
  async measure({ runs, scale }, tell) {
    const sizeMb = Math.max(16_384, scale * 60)
    await using onBtrfs = await openWorkbench('btrfs', sizeMb)
    await using onXfs = await openWorkbench('copy', sizeMb)
    const subjects: Subject[] = [
      { name: 'btrfs', bench: onBtrfs, times: [], views: [] },
      { name: 'copy, on XFS with reflinks', bench: onXfs, times: [], views: [] },
    ]
    for (const { bench, name } of subjects) {
      tell(`filling ${scale * 15} MB for ${name}`)
      await createPgbenchTables(bench.source, scale)
    }
    for (let run = 1; run <= runs; run++)
      for (const subject of subjects) {
        const steps = await measureFork(subject)
        tell(`run ${run} of ${runs}, ${subject.name}: ${formatMs(subject.times.at(-1) ?? 0)} (${formatSteps(steps)})`)
      }
    const [ofBtrfs = 0, ofXfs = 0] = subjects.map(({ times }) => medianOf(times))
    const rows = subjects.map(({ name, times, views }) => [name, formatSpread(spreadOf(times)), ...formatViews(views)])
    const head = ['driver', 'createFork, median (min - max)', 'tps of the source before / during / after', 'p99']
    return {
      details: formatTable(head, rows),
      summary: `The same server on both kinds of storage, at ${rate} transactions a second:\n\n${formatTable(head, rows)}`,
      goals: [{ what: 'copy on XFS / btrfs', limit: 1.3, found: ofXfs / ofBtrfs, format: formatRatio }],
    }
  },
}

async function measureFork({ bench, times, views }: Subject): Promise<Fork['steps']> {
  const { source, driver, stateDirectory } = bench
  await source.query('CHECKPOINT')
  await using load = await startPgbench(source, { clients: 4, rate })
  await watchFor(1000 + phaseMs)
  const begunMs = Date.now()
  await using fork = await createFork({ source: source.dataDirectory, driver, stateDirectory })
  const moments: ForkMoments = { begunMs, readyMs: Date.now() }
  await watchFor(phaseMs)
  await load.stop()
  times.push(moments.readyMs - moments.begunMs)
  views.push(viewSource(await load.samples(), moments))
  return fork.steps
}
