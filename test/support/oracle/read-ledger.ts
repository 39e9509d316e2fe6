import type pg from 'pg'
import { severalTablesSql, writesSeveralTables } from './ledger.ts'

/** What a server holds of the writers' tables, at one instant. */
export interface LedgerContent {
  /** Runs of sequence numbers without a hole, by writer and ascending. */
  readonly ranges: readonly SequenceRange[]
  /** A sentence for each transaction whose tables disagree, up to a hundred. */
  readonly halves: readonly string[]
}

export interface SequenceRange {
  readonly writer: number
  readonly first: number
  readonly last: number
}

const rangesSql = `
  SELECT writer, min(sequence) AS first, max(sequence) AS last
  FROM (SELECT writer, sequence, sequence - row_number() OVER (PARTITION BY writer ORDER BY sequence) AS island
        FROM oracle_commits) numbered
  GROUP BY writer, island ORDER BY writer, first`

const halvesSql = `
  SELECT writer, sequence, commits.amount AS committed, debits.amount AS debit, credits.amount AS credit
  FROM oracle_commits AS commits
    FULL JOIN oracle_debits AS debits USING (writer, sequence)
    FULL JOIN oracle_credits AS credits USING (writer, sequence)
  WHERE commits.amount IS NULL
    OR CASE WHEN ${severalTablesSql}
            THEN debits.amount IS DISTINCT FROM commits.amount OR credits.amount IS DISTINCT FROM commits.amount
            ELSE debits.amount IS NOT NULL OR credits.amount IS NOT NULL END
  LIMIT 100`

const writersSql = `
  SELECT writer, writers.last_sequence, writers.balance,
         coalesce(debits.last_sequence, 0) AS debited_sequence, coalesce(debits.balance, 0) AS debited
  FROM oracle_writers AS writers
    FULL JOIN (SELECT writer, max(sequence) AS last_sequence, sum(amount) AS balance FROM oracle_debits GROUP BY writer)
      AS debits USING (writer)
  WHERE writers.last_sequence IS DISTINCT FROM coalesce(debits.last_sequence, 0)
    OR writers.balance IS DISTINCT FROM coalesce(debits.balance, 0)
  LIMIT 100`

export async function readLedger(client: pg.Client): Promise<LedgerContent> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    const ranges = await client.query<{ writer: number; first: number; last: number }>(rangesSql)
    const halves = await client.query(halvesSql)
    const writers = await client.query(writersSql)
    return {
      ranges: ranges.rows,
      halves: [
        ...halves.rows.map(
          ({ writer, sequence, committed, debit, credit }) =>
            `writer ${writer}, transaction ${sequence}, which writes ${writesSeveralTables(sequence) ? 'several tables' : 'one table'}: ` +
            `commit ${committed}, debit ${debit}, credit ${credit}`,
        ),
        ...writers.rows.map(
          ({ writer, last_sequence, balance, debited_sequence, debited }) =>
            `writer ${writer}: its row says transaction ${last_sequence} and balance ${balance}, ` +
            `its debits say ${debited_sequence} and ${debited}`,
        ),
      ],
    }
  } finally {
    await client.query('COMMIT')
  }
}
