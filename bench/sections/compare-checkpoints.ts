import { createFork } from '@pgfork/core'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { formatMs, formatSpread, formatTable } from '../report.ts'
import { type ForkMoments, formatViews, phaseMs, viewSource } from '../source-view.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { makeWalBehindCheckpoint, openWorkbench, type Workbench, walBehindCheckpoint, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const mebibyte = 1024 * 1024

/** Below, at and above the 64 MB from which on createFork asks for a checkpoint by default. */
const walMegabytes = [16, 48, 96, 192]

interface Measured extends ForkMoments {
  readonly totalMs: number
  readonly walBytes: number
}

/** Forks with and without a checkpoint of the source, in turn, by the WAL behind the last one. */
export const compareCheckpoints: Section = {
  title: 'When a checkpoint pays',
  async measure({ runs, scale, driver }, tell) {
    await using bench = await openWorkbench(driver, Math.max(16_384, scale * 60))
    tell(`filling ${scale * 15} MB`)
    await createPgbenchTables(bench.source, scale)
    await using load = await startPgbench(bench.source, { clients: 4 })
    const subjects = walMegabytes.flatMap((megabytes) =>
      [false, true].map((checkpoint) => ({ megabytes, checkpoint, measured: [] as Measured[] })),
    )
    for (let run = 1; run <= runs; run++)
      for (const { megabytes, checkpoint, measured } of subjects) {
        await watchFor(phaseMs)
        const one = await measureFork(bench, megabytes, checkpoint)
        measured.push(one)
        const behind = Math.round(one.walBytes / mebibyte)
        tell(`run ${run} of ${runs}, ${behind} MB, ${checkpoint ? 'a checkpoint' : 'none'}: ${formatMs(one.totalMs)}`)
      }
    await load.stop()
    const samples = await load.samples()
    const rows = subjects.map(({ checkpoint, measured }) => [
      `${Math.round(medianOf(measured.map(({ walBytes }) => walBytes)) / mebibyte)} MB`,
      checkpoint ? 'yes' : 'no',
      formatSpread(spreadOf(measured.map(({ totalMs }) => totalMs))),
      ...formatViews(measured.map((one) => viewSource(samples, one))),
    ])
    const head = [
      'WAL behind the last',
      'checkpoint',
      'time, median (min - max)',
      'tps of the source before / during / after',
      'p99',
    ]
    return { details: formatTable(head, rows), goals: [] }
  },
}

async function measureFork(bench: Workbench, megabytes: number, checkpoint: boolean): Promise<Measured> {
  const { source, driver, stateDirectory } = bench
  await makeWalBehindCheckpoint(source, megabytes * mebibyte)
  const walBytes = await walBehindCheckpoint(source)
  const begunMs = Date.now()
  const startedAt = performance.now()
  await using _fork = await createFork({ source: source.dataDirectory, driver, stateDirectory, checkpoint })
  const totalMs = performance.now() - startedAt
  const readyMs = Date.now()
  await watchFor(phaseMs)
  return { totalMs, walBytes, begunMs, readyMs }
}
