import { expect, test } from 'vitest'
import { counts, report, timeoutMs } from './counts.ts'
import { makeRig } from './rig.ts'
import { runProgram } from './run-program.ts'

test(
  'many processes make and destroy forks of one source at once, and leave nothing',
  async () => {
    await using rig = await makeRig({ sizeMb: 8192 })
    const stateDirectory = await rig.makeStateDirectory('crowd')
    const request = { source: rig.source.dataDirectory, stateDirectory, count: 2 }
    const results = await Promise.allSettled(
      Array.from({ length: counts.processes }, () => runProgram('churn-program', request, timeoutMs)),
    )
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
    await rig.expectCollectable(stateDirectory)
    await rig.expectUntouched()
    report(`${counts.processes} processes at once, ${2 * counts.processes} forks, failures: 0, leaks: 0`)
  },
  timeoutMs,
)
