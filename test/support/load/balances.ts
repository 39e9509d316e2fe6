import type pg from 'pg'

/** The sums of pgbench's four tables; each transaction changes all four by the same amount. */
export interface Balances {
  readonly accounts: bigint
  readonly tellers: bigint
  readonly branches: bigint
  readonly history: bigint
  /** Transactions since the tables were made. */
  readonly transactions: bigint
}

/** Reads the sums at one instant. */
export async function readBalances(client: pg.Client): Promise<Balances> {
  const { rows } = await client.query<Record<keyof Balances, string>>(`
    SELECT (SELECT coalesce(sum(abalance), 0) FROM pgbench_accounts) AS accounts,
           (SELECT coalesce(sum(tbalance), 0) FROM pgbench_tellers) AS tellers,
           (SELECT coalesce(sum(bbalance), 0) FROM pgbench_branches) AS branches,
           (SELECT coalesce(sum(delta), 0) FROM pgbench_history) AS history,
           (SELECT count(*) FROM pgbench_history) AS transactions`)
  const [row] = rows
  if (row === undefined) throw new Error('A query without FROM returned no row.')
  return {
    accounts: BigInt(row.accounts),
    tellers: BigInt(row.tellers),
    branches: BigInt(row.branches),
    history: BigInt(row.history),
    transactions: BigInt(row.transactions),
  }
}

/** @throws Error with all sums when they differ: then some transaction is only half there. */
export async function expectBalanced(client: pg.Client): Promise<Balances> {
  const balances = await readBalances(client)
  const { accounts, tellers, branches, history, transactions } = balances
  if (accounts !== tellers || accounts !== branches || accounts !== history)
    throw new Error(
      `pgbench's balances differ after ${transactions} transactions: ` +
        `accounts ${accounts}, tellers ${tellers}, branches ${branches}, history ${history}.`,
    )
  return balances
}
