import { createFork } from '@pgfork/core'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { formatCount, formatMs, formatSpread, formatTable } from '../report.ts'
import { spreadOf } from '../statistics.ts'
import { openWorkbench, watchFor } from '../workbench.ts'
import type { Section } from './section.ts'

const settledMs = 1000
const watchedMs = 5000

/** What the fork itself gains from `wal_recycle` and `wal_init_zero`, which save nothing on copy-on-write storage. */
export const compareWalSettings: Section = {
  title: 'wal_recycle and wal_init_zero in a fork',
  async measure({ runs, driver }, tell) {
    await using bench = await openWorkbench(driver, 16_384)
    const { source, stateDirectory } = bench
    await createPgbenchTables(source, 10)
    const subjects = ['on', 'off'].map((value) => ({ value, starts: [] as number[], tps: [] as number[] }))
    for (let run = 1; run <= runs; run++)
      for (const { value, starts, tps } of subjects) {
        await source.query('CHECKPOINT')
        await using fork = await createFork({
          source: source.dataDirectory,
          driver: bench.driver,
          stateDirectory,
          settings: { wal_recycle: value, wal_init_zero: value },
        })
        starts.push(fork.steps.find(({ name }) => name === 'start')?.milliseconds ?? Number.NaN)
        await using load = await startPgbench(fork, { clients: 4 })
        await watchFor(settledMs)
        const fromMs = Date.now()
        await watchFor(watchedMs)
        await load.stop()
        const counted = (await load.samples()).filter(({ endMs }) => endMs >= fromMs && endMs < fromMs + watchedMs)
        tps.push((counted.length * 1000) / watchedMs)
        tell(
          `run ${run} of ${runs}, ${value}: start ${formatMs(starts.at(-1) ?? 0)}, ${formatCount(tps.at(-1) ?? 0)} tps`,
        )
      }
    const rows = subjects.map(({ value, starts, tps }) => {
      const { median, min, max } = spreadOf(tps)
      return [
        value,
        formatSpread(spreadOf(starts)),
        `${formatCount(median)} (${formatCount(min)} - ${formatCount(max)})`,
      ]
    })
    return { details: formatTable(['both settings', 'step start', 'tps of the fork'], rows), goals: [] }
  },
}
