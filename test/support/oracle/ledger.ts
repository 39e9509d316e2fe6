import type pg from 'pg'
import type { CommitName } from './history.ts'

/** The tables that the writers fill. `oracle_writers` is updated in place, the others only grow. */
export async function createLedger(client: pg.Client, writers: number): Promise<void> {
  await client.query(`
    DROP TABLE IF EXISTS oracle_commits, oracle_debits, oracle_credits, oracle_writers;
    CREATE TABLE oracle_commits (writer int, sequence int, amount int NOT NULL, payload text, PRIMARY KEY (writer, sequence));
    CREATE TABLE oracle_debits (writer int, sequence int, amount int NOT NULL, PRIMARY KEY (writer, sequence));
    CREATE TABLE oracle_credits (writer int, sequence int, amount int NOT NULL, PRIMARY KEY (writer, sequence));
    CREATE TABLE oracle_writers (writer int PRIMARY KEY, last_sequence int NOT NULL, balance bigint NOT NULL);
    INSERT INTO oracle_writers SELECT writer, 0, 0 FROM generate_series(0, ${writers - 1}) writer`)
}

/** Every second transaction writes four tables, the others one. */
export const writesSeveralTables = (sequence: number): boolean => sequence % 2 === 0

/** The same rule as a condition. */
export const severalTablesSql = 'sequence % 2 = 0'

/** Runs one transaction and returns when the server has acknowledged its commit. */
export async function commit(client: pg.Client, { writer, sequence }: CommitName, payload: string): Promise<void> {
  const amount = (sequence % 1000) + 1
  const row = [writer, sequence, amount]
  const insertCommit = {
    name: 'commit',
    text: 'INSERT INTO oracle_commits VALUES ($1, $2, $3, $4)',
    values: [...row, payload],
  }
  if (!writesSeveralTables(sequence)) {
    await client.query(insertCommit)
    return
  }
  await client.query('BEGIN')
  await client.query({ name: 'debit', text: 'INSERT INTO oracle_debits VALUES ($1, $2, $3)', values: row })
  await client.query(insertCommit)
  await client.query({
    name: 'writer',
    text: 'UPDATE oracle_writers SET last_sequence = $2, balance = balance + $3 WHERE writer = $1',
    values: row,
  })
  await client.query({ name: 'credit', text: 'INSERT INTO oracle_credits VALUES ($1, $2, $3)', values: row })
  const { command } = await client.query('COMMIT')
  if (command !== 'COMMIT') throw new Error(`The server answered COMMIT by ${command}.`)
}
