import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import type { ForkCost } from '../programs/fork-repeatedly.ts'
import { formatMs, formatSpread, formatTable } from '../report.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { openWorkbench } from '../workbench.ts'
import type { Section } from './section.ts'

const program = fileURLToPath(new URL('../programs/fork-repeatedly.ts', import.meta.url))
const loader = import.meta.resolve('tsx')

/**
 * The library's own CPU time of a fork: user and system time of the process that calls createFork (RUSAGE_SELF: all of its
 * threads, without children such as btrfs and postgres), from the call until it returns. A fresh process makes several
 * forks: the first one also compiles what it runs through.
 */
export const measureCpu: Section = {
  title: 'CPU time of the library',
  async measure({ driver, runs }, tell) {
    await using bench = await openWorkbench(driver, 8192)
    await createPgbenchTables(bench.source, 10)
    await using load = await startPgbench(bench.source, { clients: 4 })
    const costs: ForkCost[][] = []
    for (let run = 1; run <= runs; run++) {
      const { stdout } = await runner.run(
        process.execPath,
        ['--import', loader, program, driver, bench.source.dataDirectory, bench.stateDirectory, '6'],
        {
          timeoutMs: 300_000,
          environment: { TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) },
        },
      )
      const found: ForkCost[] = JSON.parse(stdout)
      costs.push(found)
      tell(`run ${run} of ${runs}: ${found.map(({ cpuMs }) => formatMs(cpuMs)).join(', ')}`)
    }
    await load.stop()
    const first = costs.flatMap((found) => found.slice(0, 1).map(({ cpuMs }) => cpuMs))
    const later = costs.flatMap((found) => found.slice(1).map(({ cpuMs }) => cpuMs))
    const rows = [
      ['first fork of a process', formatSpread(spreadOf(first))],
      ['later ones', formatSpread(spreadOf(later))],
    ]
    return {
      details: formatTable(['', 'CPU time, user and system'], rows),
      summary: `CPU time of the library: ${formatMs(medianOf(later))} a fork, ${formatMs(medianOf(first))} for the first one of a process.`,
      goals: [{ what: "library's CPU time of a fork", limit: 60, found: medianOf(later), format: formatMs }],
    }
  },
}
