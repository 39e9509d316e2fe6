import type { CreateForkOptions } from '@pgfork/core'
import pg from 'pg'
import { expectBalanced, startLoad } from '../../support/load/index.ts'
import { checkFork, expectConsistent, startOracle } from '../../support/oracle/index.ts'
import type { Workbench } from './workbench.ts'

/**
 * Forks the source again and again while writers and pgbench work on it. Every fork must hold all that had been
 * acknowledged before it was asked for, nothing half, and pgbench's balances must agree.
 */
export async function expectConsistentForks(
  bench: Workbench,
  repetitions: number,
  options: (repetition: number) => Partial<CreateForkOptions> = () => ({}),
): Promise<void> {
  await using load = await startLoad(bench.source, { clients: 4, scale: 1 })
  await using oracle = await startOracle(bench.source, { writers: 8, payloadBytes: 200 })
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    const acknowledged = oracle.acknowledged()
    await using fork = await bench.fork(options(repetition))
    const issued = oracle.issued()
    const client = new pg.Client(fork.connection)
    await client.connect()
    try {
      expectConsistent(await checkFork(client, acknowledged, issued))
      await expectBalanced(client)
    } catch (error) {
      throw new Error(`Fork ${repetition} of ${repetitions}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    } finally {
      await client.end()
    }
  }
  await oracle.stop()
  await load.stop()
}
