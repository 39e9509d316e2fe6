import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { createPgbenchTables, startPgbench } from '../../test/support/load/index.ts'
import { runner } from '../../test/support/system/runner.ts'
import { buildProgram } from '../programs/build-program.ts'
import type { ForkCost } from '../programs/fork-repeatedly.ts'
import { formatMs, formatSpread, formatTable } from '../report.ts'
import { medianOf, spreadOf } from '../statistics.ts'
import { openWorkbench } from '../workbench.ts'
import type { Section } from './section.ts'

const source = fileURLToPath(new URL('../programs/fork-repeatedly.ts', import.meta.url))

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
    await using program = await buildProgram(source)
    const measureRuns = async (when: string): Promise<{ first: number[]; later: number[] }> => {
      const costs: ForkCost[][] = []
      for (let run = 1; run <= runs; run++) {
        const { stdout } = await runner.run(
          process.execPath,
          [program.path, driver, bench.source.dataDirectory, bench.stateDirectory, '6'],
          { timeoutMs: 300_000 },
        )
        const found: ForkCost[] = JSON.parse(stdout)
        costs.push(found)
        tell(`run ${run} of ${runs}, ${when}: ${found.map(({ cpuMs }) => formatMs(cpuMs)).join(', ')}`)
      }
      return {
        first: costs.flatMap((found) => found.slice(0, 1).map(({ cpuMs }) => cpuMs)),
        later: costs.flatMap((found) => found.slice(1).map(({ cpuMs }) => cpuMs)),
      }
    }
    const atRest = await measureRuns('source at rest')
    await using load = await startPgbench(bench.source, { clients: 4 })
    const underLoad = await measureRuns('under load')
    await load.stop()
    const rows = [
      ['first fork of a process', formatSpread(spreadOf(atRest.first)), formatSpread(spreadOf(underLoad.first))],
      ['later ones', formatSpread(spreadOf(atRest.later)), formatSpread(spreadOf(underLoad.later))],
    ]
    const medians = [atRest.later, underLoad.later, underLoad.first].map((values) => formatMs(medianOf(values)))
    return {
      details: formatTable(['CPU time, user and system', 'source at rest', 'under load'], rows),
      summary: `CPU time of the library: ${medians[0]} a fork, ${medians[1]} while the source is at full speed, ${medians[2]} for the first one of a process.`,
      goals: [
        { what: "library's CPU time of a fork", limit: 60, found: medianOf(atRest.later), format: formatMs },
        {
          what: "library's CPU time of a fork, under load",
          limit: 60,
          found: medianOf(underLoad.later),
          format: formatMs,
        },
      ],
    }
  },
}
