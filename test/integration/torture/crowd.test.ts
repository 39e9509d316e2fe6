import { expect, test } from 'vitest'
import { runProgram } from '../../support/programs/run-program.ts'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { createTortureWorkbench } from '../../support/workbench/torture-workbench.ts'

test(
  'many processes make and destroy forks of one source at once, and leave nothing',
  async () => {
    await using bench = await createTortureWorkbench({ sizeMb: 8192 })
    const stateDirectory = await bench.makeStateDirectory('crowd')
    const request = { source: bench.source.dataDirectory, stateDirectory, count: 2 }
    const results = await Promise.allSettled(
      Array.from({ length: counts.processes }, () => runProgram('churn-program', request, timeoutMs)),
    )
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
    await bench.expectCollectable(stateDirectory)
    await bench.expectUntouched()
    report(`${counts.processes} processes at once, ${2 * counts.processes} forks, failures: 0, leaks: 0`)
  },
  timeoutMs,
)
