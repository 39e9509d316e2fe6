import { createFork } from '@pgfork/core'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { formatMs, formatSpread, formatTable } from '../report.ts'
import { formatViews, phaseMs, viewSource } from '../source-view.ts'
import { spreadOf } from '../statistics.ts'
import { openWorkbench, type Workbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const methods = ['fsync', 'syncfs'] as const
/** About 300 files each. */
const databases = 80

interface Subject {
  readonly files: string
  readonly method: (typeof methods)[number]
  readonly starts: number[]
  readonly views: ReturnType<typeof viewSource>[]
}

/** H18: before recovery PostgreSQL flushes all files, one by one or the whole file system, which the source shares. */
export const compareSyncMethods: Section = {
  title: 'recovery_init_sync_method (H18)',
  async measure({ runs, driver }, tell) {
    await using bench = await openWorkbench(driver, 16_384)
    await createPgbenchTables(bench.source, 10)
    const subjects: Subject[] = []
    for (const files of ['about 1,000', `about ${(1000 + databases * 300).toLocaleString('en-US')}`]) {
      if (subjects.length > 0) await makeFiles(bench)
      const added = methods.map((method): Subject => ({ files, method, starts: [], views: [] }))
      subjects.push(...added)
      for (let run = 1; run <= runs; run++)
        for (const subject of added) {
          await measureFork(bench, subject)
          tell(
            `run ${run} of ${runs}, ${files} files, ${subject.method}: start ${formatMs(subject.starts.at(-1) ?? 0)}`,
          )
        }
    }
    const rows = subjects.map(({ files, method, starts, views }) => [
      `${files}, ${method}`,
      formatSpread(spreadOf(starts)),
      ...formatViews(views),
    ])
    const head = ['files', 'step start', 'tps of the source before / during / after', 'p99']
    return { details: formatTable(head, rows), goals: [] }
  },
}

async function makeFiles({ source }: Workbench): Promise<void> {
  for (let index = 0; index < databases; index++) await source.query(`CREATE DATABASE filler_${index}`)
}

async function measureFork(bench: Workbench, { method, starts, views }: Subject): Promise<void> {
  const { source, driver, stateDirectory } = bench
  await source.query('CHECKPOINT')
  await using load = await startPgbench(source, { clients: 4 })
  await watchFor(1000 + phaseMs)
  const begunMs = Date.now()
  await using fork = await createFork({
    source: source.dataDirectory,
    driver,
    stateDirectory,
    settings: { recovery_init_sync_method: method },
  })
  const readyMs = Date.now()
  await watchFor(phaseMs)
  await load.stop()
  starts.push(fork.steps.find(({ name }) => name === 'start')?.milliseconds ?? Number.NaN)
  views.push(viewSource(await load.samples(), { begunMs, readyMs }))
}
