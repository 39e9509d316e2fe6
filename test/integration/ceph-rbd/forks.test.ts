import { afterEach, beforeAll, expect, test } from 'vitest'
import { expectConsistentForks } from '../../support/consistency/expect-consistent-forks.ts'
import { oracleTimeoutMs } from '../../support/consistency/oracle-timeout.ts'
import { byExtent } from '../../support/extent.ts'
import { query } from '../../support/query.ts'
import { describeRbd } from '../../support/workbench/describe-rbd.ts'

const count = byExtent(3, 10, 50)

for (const filesystem of byExtent(['ext4'] as const, ['ext4', 'xfs'] as const))
  await describeRbd(filesystem, (bench) => {
    beforeAll(() => bench.source.query('CREATE TABLE orders (id int); INSERT INTO orders VALUES (1)'))
    afterEach(async () => expect(await bench.left()).toEqual([]))

    const orders = async (fork: Parameters<typeof query>[0]): Promise<unknown> =>
      (await query(fork, 'SELECT count(*)::int AS n FROM orders'))[0]?.n

    test('a fork of a server on another host, its reset, a fork of it, and a fork of that', async () => {
      await using fork = await bench.fork({ name: 'far' })
      expect(await orders(fork)).toBe(1)
      expect(fork.timeline).toBe(2)
      await query(fork, 'INSERT INTO orders VALUES (2), (3)')
      await fork.reset()
      expect(await orders(fork)).toBe(1)
      await query(fork, 'INSERT INTO orders VALUES (2)')
      await using ofFork = await bench.fork({ source: fork })
      expect(await orders(ofFork)).toBe(2)
      expect(new Set([1, fork.timeline, ofFork.timeline]).size).toBe(3)
      // What others came of goes first, and they go on.
      await fork.destroy()
      await query(ofFork, 'INSERT INTO orders VALUES (3)')
      await ofFork.reset()
      expect(await orders(ofFork)).toBe(2)
    })

    test(`each of ${count} forks under load holds every commit acknowledged before it was asked for, and balances`, {
      timeout: oracleTimeoutMs,
    }, async () => {
      const { source, fork } = bench
      await expectConsistentForks({ source, fork }, count, (repetition) => ({ checkpoint: repetition % 4 !== 0 }))
    })
  })
