import type { CreateForkOptions } from '@pgfork/core'
import pg from 'pg'
import type { Cluster } from '../cluster/index.ts'
import { checkFork, expectConsistent, type Oracle, startOracle } from '../oracle/index.ts'
import type { Drivers, Workbench } from '../workbench/workbench.ts'

/** Writers whose transactions touch tables in several tablespaces, so that a fork which mixes instants shows it. */
export async function startSpreadOracle(source: Cluster, tablespaces: readonly string[], writers = 6): Promise<Oracle> {
  const oracle = await startOracle(source, { writers, payloadBytes: 300 })
  const tables = ['oracle_debits', 'oracle_credits', 'oracle_writers']
  for (const [index, table] of tables.entries()) {
    const space = tablespaces[index % tablespaces.length]
    await source.query(
      `ALTER TABLE ${table} SET TABLESPACE ${space}; ALTER INDEX ${table}_pkey SET TABLESPACE ${space}`,
    )
  }
  return oracle
}

/** Forks a source under load again and again. Every fork must hold what had been acknowledged, and nothing half. */
export async function expectConsistentForks(
  bench: Workbench,
  source: Cluster,
  oracle: Oracle,
  options: Partial<CreateForkOptions> & { readonly driver: Drivers },
  repetitions: number,
): Promise<void> {
  for (let repetition = 1; repetition <= repetitions; repetition++) {
    const acknowledged = oracle.acknowledged()
    await using fork = await bench.fork(source, options)
    const issued = oracle.issued()
    const client = new pg.Client(fork.connection)
    await client.connect()
    try {
      expectConsistent(await checkFork(client, acknowledged, issued))
    } finally {
      await client.end()
    }
  }
}
