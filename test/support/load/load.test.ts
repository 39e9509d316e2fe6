import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, createCluster } from '../cluster/index.ts'
import { createFolder, type TestFolder } from '../storage/index.ts'
import { findClientTool } from '../system/find-client-tool.ts'
import { waitUntil } from '../wait-until.ts'
import { expectBalanced, percentile, startNodeLoad, startPgbench, throughputWindows } from './index.ts'

let folder: TestFolder
let cluster: Cluster

beforeAll(async () => {
  folder = await createFolder()
  cluster = await createCluster({ directory: join(folder.path, 'main'), version: '18' })
}, 60_000)

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

const hasPgbench = (await findClientTool('pgbench')) !== undefined

describe.each([
  ['pgbench', startPgbench, hasPgbench],
  ['node', startNodeLoad, true],
] as const)('load by %s', (kind, start, isPossible) => {
  test.skipIf(!isPossible)(
    'is counted exactly and leaves the balances equal',
    async () => {
      await using load = await start(cluster, { clients: 2, scale: 1 })
      expect(load.kind).toBe(kind)
      await waitUntil(async () => (await load.samples()).length > 200, { timeoutMs: 30_000, what: 'load' })
      const result = await load.stop()
      const client = await cluster.client()
      expect(await expectBalanced(client)).toMatchObject({ transactions: BigInt(result.transactions) })
      expect((await load.samples()).length).toBe(result.transactions)
      expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms)
      await client.query('UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = 1')
      await expect(expectBalanced(client)).rejects.toThrow(/balances differ after \d+ transactions/)
    },
    60_000,
  )

  test.skipIf(!isPossible)(
    'says when the server has ended under it',
    async () => {
      await using load = await start(cluster, { clients: 2, scale: 1 })
      await waitUntil(async () => (await load.samples()).length > 100, { timeoutMs: 30_000, what: 'load' })
      await cluster.crash()
      await cluster.start()
      await expect(load.stop()).rejects.toThrow(/ended with exit status|failed/)
    },
    60_000,
  )
})

test('windows count what ended in them and show a stall', () => {
  const samples = [0, 10, 20, 250, 260].map((endMs) => ({ endMs: 1000 + endMs, latencyMs: endMs / 10 }))
  expect(throughputWindows(samples, { fromMs: 1000, toMs: 1300, windowMs: 100 })).toEqual([
    { startMs: 1000, transactions: 3, tps: 30, p50Ms: 1, p99Ms: 2 },
    { startMs: 1100, transactions: 0, tps: 0, p50Ms: undefined, p99Ms: undefined },
    { startMs: 1200, transactions: 2, tps: 20, p50Ms: 25, p99Ms: 26 },
  ])
  expect(
    percentile(
      Array.from({ length: 200 }, (_, index) => index + 1),
      99,
    ),
  ).toBe(198)
})
