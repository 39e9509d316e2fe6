import pg from 'pg'
import type { LoadTarget } from './load.ts'

export const accountsPerUnit = 100_000
export const tellersPerUnit = 10

/** Makes pgbench's four tables as `pgbench --initialize` does, also where no pgbench is installed. */
export async function createPgbenchTables({ connection }: LoadTarget, scale: number): Promise<void> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  try {
    await client.query(`
      DROP TABLE IF EXISTS pgbench_accounts, pgbench_branches, pgbench_history, pgbench_tellers;
      CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
      CREATE TABLE pgbench_tellers (tid int NOT NULL, bid int, tbalance int, filler char(84));
      CREATE TABLE pgbench_accounts (aid int NOT NULL, bid int, abalance int, filler char(84));
      CREATE TABLE pgbench_branches (bid int NOT NULL, bbalance int, filler char(88));
      INSERT INTO pgbench_branches SELECT bid, 0 FROM generate_series(1, ${scale}) bid;
      INSERT INTO pgbench_tellers SELECT tid, (tid - 1) / ${tellersPerUnit} + 1, 0
        FROM generate_series(1, ${scale * tellersPerUnit}) tid;
      INSERT INTO pgbench_accounts SELECT aid, (aid - 1) / ${accountsPerUnit} + 1, 0, ''
        FROM generate_series(1, ${scale * accountsPerUnit}) aid;
      ALTER TABLE pgbench_branches ADD PRIMARY KEY (bid);
      ALTER TABLE pgbench_tellers ADD PRIMARY KEY (tid);
      ALTER TABLE pgbench_accounts ADD PRIMARY KEY (aid)`)
    for (const table of ['branches', 'tellers', 'accounts']) await client.query(`VACUUM ANALYZE pgbench_${table}`)
  } finally {
    await client.end()
  }
}
