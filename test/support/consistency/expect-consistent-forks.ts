import type { CreateForkOptions, Fork } from '@pgfork/core'
import pg from 'pg'
import { expectBalanced, startLoad } from '../load/index.ts'
import {
  type Acknowledged,
  type CheckForkOptions,
  checkFork,
  expectConsistent,
  type Issued,
  startOracle,
} from '../oracle/index.ts'
import type { SourceWorkbench } from '../workbench/source-workbench.ts'

/**
 * Forks the source again and again while writers and pgbench work on it. Every fork must hold all that had been
 * acknowledged before it was asked for, nothing half, and pgbench's balances must agree.
 */
export async function expectConsistentForks(
  bench: Pick<SourceWorkbench, 'source' | 'fork'>,
  repetitions: number,
  options: (repetition: number) => Partial<CreateForkOptions> = () => ({}),
  checkOptions: CheckForkOptions = {},
): Promise<void> {
  const { asynchronousCommit = false } = checkOptions
  await using load = await startLoad(bench.source, { clients: 4, scale: 1 })
  // Writers that never wait for a flush would fill the storage within the forks of a long run.
  const pauseMs = asynchronousCommit ? 10 : 0
  await using oracle = await startOracle(bench.source, { writers: 8, payloadBytes: 200, pauseMs })
  // The tables themselves were made by commits that needn't be flushed yet.
  if (asynchronousCommit) await bench.source.query('CHECKPOINT')
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    const acknowledged = oracle.acknowledged()
    await using fork = await bench.fork(options(repetition))
    const issued = oracle.issued()
    await expectHolds(fork, acknowledged, issued, expectBalanced, checkOptions).catch((cause: Error) => {
      throw new Error(`Fork ${repetition} of ${repetitions}: ${cause.message}`, { cause })
    })
  }
  await oracle.stop()
  await load.stop()
}

/** That a fork holds all that was acknowledged before, and nothing half or that nobody wrote. */
export async function expectHolds(
  { connection }: Pick<Fork, 'connection'>,
  acknowledged: Acknowledged,
  issued: Issued,
  alsoExpect: (client: pg.Client) => Promise<unknown> = async () => undefined,
  checkOptions: CheckForkOptions = {},
): Promise<void> {
  const client = new pg.Client(connection)
  client.on('error', () => undefined)
  await client.connect()
  try {
    expectConsistent(await checkFork(client, acknowledged, issued, checkOptions))
    await alsoExpect(client)
  } finally {
    await client.end()
  }
}
