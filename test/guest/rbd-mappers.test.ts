import { openFork } from '@pgfork/core'
import { afterEach, expect, test } from 'vitest'
import { expectConsistentForks } from '../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../support/consistency/oracle-timeout.ts'
import { byExtent } from '../support/extent.ts'
import { query } from '../support/query.ts'
import { describeRbd } from '../support/workbench/describe-rbd.ts'

// A guest takes minutes for each.
const count = byExtent(2, 2, 20)

/** Both hosts have their images as devices of a kernel that has the modules. */
for (const [filesystem, mapper] of [
  ['xfs', 'kernel'],
  ['ext4', 'nbd'],
] as const)
  await describeRbd(
    filesystem,
    (bench) => {
      afterEach(async () => expect(await bench.left()).toEqual([]))

      test('a fork of a server on another host, its reset, a fork of it, and a stop and start', async () => {
        await bench.source.query('CREATE TABLE orders AS SELECT 1 AS id')
        await using fork = await bench.fork({ name: 'far', lifetime: 'persistent' })
        await query(fork, 'INSERT INTO orders VALUES (2), (3)')
        await fork.reset()
        expect(await query(fork, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1 }])
        await query(fork, 'INSERT INTO orders VALUES (2)')
        await using ofFork = await bench.fork({ source: fork })
        await fork.stop()
        const opened = await openFork('far', { ...bench.options, driver: bench.driver() })
        await opened.start()
        for (const one of [opened, ofFork])
          expect(await query(one, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 2 }])
      })

      test(`each of ${count} forks under load holds every commit acknowledged before it was asked for, and balances`, {
        timeout: oracleTimeoutMs,
      }, async () => {
        const { source, fork } = bench
        await expectConsistentForks({ source, fork }, count, (repetition) => ({ checkpoint: repetition % 4 !== 0 }))
      })
    },
    { mapper },
  )
