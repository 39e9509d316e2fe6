import { listForks } from '@pgfork/core'
import { expect, test } from 'vitest'
import { claimedTimelines } from '../../support/fork/claimed-timelines.ts'
import { serversOf } from '../../support/fork/servers-of.ts'
import { startForkProcess } from '../../support/programs/fork-process.ts'
import { query } from '../../support/query.ts'
import { counts, report, timeoutMs } from '../../support/torture-counts.ts'
import { describeOn } from '../../support/workbench/source-workbench.ts'

await describeOn('btrfs', {}, (bench) => {
  test(
    'H76: whatever two processes do with a fork at once, it is whole or gone, and its timeline is free only when it is gone',
    async () => {
      await using other = await startForkProcess(bench.stateDirectory)
      const verbs = ['reset', 'start', 'stop', 'persist', 'destroy'] as const
      for (let round = 0; round < counts.races; round++) {
        const fork = await bench.fork({ name: `raced-${round}` })
        // All pairs in turn, and each verb soon.
        const pair = (round * 7) % verbs.length ** 2
        const [mine, theirs] = [
          verbs[pair % verbs.length] ?? 'reset',
          verbs[Math.floor(pair / verbs.length)] ?? 'reset',
        ]
        const outcomes = await Promise.allSettled([fork[mine](), fork.reset(), other.perform(theirs, fork.name)])
        for (const outcome of outcomes)
          if (outcome.status === 'rejected')
            expect(String(outcome.reason)).toMatch(/FORK_NOT_FOUND|is gone|There is no fork/)
        const left = await listForks(bench.options)
        const holders = (await claimedTimelines(bench)).map(({ holder }) => holder)
        const servers = await serversOf(fork)
        if (mine === 'destroy' || theirs === 'destroy') {
          expect({ round, left, holders, servers }).toEqual({ round, left: [], holders: [], servers: [] })
          continue
        }
        expect(left).toMatchObject([{ name: fork.name, status: 'ready' }])
        expect(holders).toEqual([fork.name])
        await fork.start()
        expect(await serversOf(fork)).toEqual([fork.pid])
        expect(await query(fork, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
        await fork.destroy()
      }
      report(`${counts.races} races of two processes about one fork`)
    },
    timeoutMs,
  )
})
